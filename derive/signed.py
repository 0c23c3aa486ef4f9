"""Judging a split ``dp/dtheta = c (p+ - p-)``: the identity itself, and that the samples have those laws."""

from __future__ import annotations

from sympy import Add, Dummy, Expr, S, Symbol, exp, gamma, log, loggamma

from .cells import split as cells_of
from .context import Context
from .errors import Undecided
from .family import Family
from .lattice import count, on_lattice, outcomes
from .laws import log_density, support_of
from .normal_form import is_zero
from .signs import Range
from .step import Condition
from .transports import log_normal_form
from .weak import Half, Split


def decomposed(family: Family, wrt: Symbol, split: Split, context: Context) -> Condition:
    """``d log p/dtheta = c (p+/p - p-/p)``, on every cell; of finite laws ``dp/dtheta``, at every outcome."""
    statement = f"dp/d{wrt} = c (p+ - p-) with c = {split.constant}"
    if split.plus.ratio is None or split.minus.ratio is None:
        return _enumerated(family, wrt, split, statement)
    (a,), (axis,) = family.samples, family.support
    left = family.log_density.diff(wrt) - split.constant * (split.plus.ratio - split.minus.ratio)
    if axis.lattice:
        parts = [left]
    else:
        try:
            parts = [c.body for c in cells_of(left, a, axis.lower, axis.upper, context.point).cells]
        except Undecided as error:
            return Condition(statement, "assumed", error.message)
    if all(map(is_zero, parts)):
        return Condition(
            statement, "proved", f"the normal form of the quotient by p is 0 on {len(parts)} cells"
        )
    return Condition(statement, "failed", f"the two sides differ by {parts[0]} times the density")


def _enumerated(family: Family, wrt: Symbol, split: Split, statement: str) -> Condition:
    plus, minus = _masses(split.plus), _masses(split.minus)
    for (outcome,) in outcomes(family.law, {}, count(family.law, {}) or 0):
        own = exp(log_density(family.law, outcome)).diff(wrt)
        left = own - split.constant * (plus.get(outcome, S.Zero) - minus.get(outcome, S.Zero))
        if not is_zero(left):
            return Condition(statement, "failed", f"at the outcome {outcome} the two sides differ by {left}")
    return Condition(statement, "proved", "outcome by outcome")


def _masses(half: Half) -> dict[Expr, Expr]:
    """The mass of each outcome of a finite law, or of a point mass."""
    if half.law is None:
        return {half.paths[0]: S.One}
    found: dict[Expr, Expr] = {}
    for (outcome,) in outcomes(half.law, {}, count(half.law, {}) or 0):
        place = half.paths[0].xreplace({half.variable: outcome})
        found[place] = found.get(place, S.Zero) + exp(log_density(half.law, outcome))
    return found


def sampled(family: Family, half: Half, name: str, context: Context) -> Condition:
    """That the half's samples have the density ``ratio * p``: its noise pushed through each path."""
    statement = f"{name} is the law of {', '.join(map(str, half.paths))} for {half.variable} ~ {half.law}"
    if half.law is None:
        return Condition(f"{name} is a point mass at {half.paths[0]}", "proved", "by inspection")
    if half.ratio is None:
        return Condition(statement, "proved", "its masses were taken from it")
    (a,) = family.samples
    x = Dummy(half.variable.name, positive=True)
    if support_of(half.law)[0].lower != 0:
        x = Dummy(half.variable.name, real=True)
    ranges = {**context.ranges, x: Range(support_of(half.law)[0].lower, S.Infinity)}
    for path in half.paths:
        there = path.xreplace({half.variable: x})
        slope = S.One if on_lattice(half.law) else there.diff(x)
        target = half.ratio * slope if slope.could_extract_minus_sign() is False else -half.ratio * slope
        share = log_density(half.law, x) - log(len(half.paths))
        gap = share - log(target.xreplace({a: there})) - log_density(family.law, there)
        left = log_normal_form(_lowered(gap), ranges)
        if left != 0:
            return _open(statement, left)
    return Condition(statement, "proved", "the logarithms of both densities have the same normal form")


def _lowered(expr: Expr) -> Expr:
    """``loggamma(u + 1) = log(u) + loggamma(u)`` until no whole number is left to take off (DLMF 5.5.1)."""

    def lower(u: Expr) -> Expr:
        constant, rest = u.as_coeff_Add()
        if rest != 0 and constant >= 1:
            return log(u - 1) + lower(u - 1)
        return loggamma(u)

    # Of a whole number SymPy writes the logarithm of the gamma function out.
    written = expr.replace(loggamma, lower)
    return written.replace(_is_log_gamma, lambda found: lower(found.args[0].args[0]))


def _is_log_gamma(expr: Expr) -> bool:
    return isinstance(expr, log) and isinstance(expr.args[0], gamma)


def _open(statement: str, left: Expr) -> Condition:
    numbers = {s: S(7 + i) / (17 + 3 * i) for i, s in enumerate(sorted(left.free_symbols, key=str))}
    if abs(left.xreplace(numbers).evalf(30)) > 1e-15:
        return Condition(statement, "failed", f"the logarithms of the densities differ by {left}")
    return Condition(statement, "assumed", f"the normal form leaves {left}")


def weighed(split: Split, body: Expr, samples: tuple[Symbol, ...]) -> Expr:
    """``c (E+[g] - E-[g])``."""
    (a,) = samples

    def there(path: Expr) -> Expr:
        return body.xreplace({a: path})

    plus, minus = split.plus.expectation(there), split.minus.expectation(there)
    return Add(split.constant * plus, -split.constant * minus)
