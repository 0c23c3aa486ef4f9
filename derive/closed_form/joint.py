"""E_{a ~ N(m, L L^T)}[g(a)] in the plane: rotated, then integrated along one axis after the other.

With x, y independent standard normal, a = m + L (x, y). Smooth integrands are integrated over y and
then over x. Where g has kinks along one linear form c.a, the plane is turned so that the form is
c.m + |L^T c| t; then g is smooth in the other axis, which is integrated first.
"""

from __future__ import annotations

from sympy import (
    Abs,
    Add,
    Basic,
    Dummy,
    Expr,
    Ge,
    Gt,
    Heaviside,
    Le,
    Lt,
    Max,
    Min,
    Piecewise,
    Pow,
    S,
    Symbol,
    cos,
    exp,
    log,
    sign,
    sin,
    sqrt,
)
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, Undecided
from derive.terms import Law

from .place import Point
from .univariate import Found, univariate

Plane = tuple[Expr, Expr]

_STANDARD = Law("normal", 0, 1)
_OF_SIGN = (Abs, Heaviside, sign)


def bivariate(body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point) -> Found:
    """The expectation under ``multivariate_normal(mu[0], mu[1], L[0,0], L[1,0], L[1,1])``.

    Raises ``NoClosedForm`` where kinks lie along more than one direction, or where a sine or cosine
    has an argument that is not affine.
    """
    _refuse_bent_waves(body, variables)
    _refuse_averages(body, variables)
    m0, m1, l00, l10, l11 = law.parameters
    t, e = Dummy("t", real=True), Dummy("e", real=True)
    directions = _directions(body, variables)
    if not directions:
        x, y = t, e
        flat = body
    else:
        c0, c1 = directions[0]
        u0, u1 = c0 * l00 + c1 * l10, c1 * l11
        length = u0 if u1 == 0 and u0.is_positive else sqrt(u0**2 + u1**2)
        x, y = (u0 * t - u1 * e) / length, (u1 * t + u0 * e) / length
        flat = _Flattened(variables, (c0, c1), c0 * m0 + c1 * m1 + length * t).of(body)
    there = flat.xreplace({variables[0]: m0 + l00 * x, variables[1]: m1 + l10 * x + l11 * y})
    return _in_turn(there, t, e, point)


def _in_turn(body: Expr, outer: Symbol, inner: Symbol, point: Point) -> Found:
    try:
        first, needs, lemmas = univariate(body, _STANDARD, inner, point)
    except Undecided as error:
        raise NoClosedForm(f"the inner integral has no closed form: {error.message}") from error
    if any(r.has_free(outer) for r in needs):
        raise NoClosedForm("whether the inner integral exists depends on the outer variable")
    value, more, further = univariate(first, _STANDARD, outer, point)
    trace = ("plane turned to the standard normal", *lemmas, *further)
    return value, tuple(dict.fromkeys((*needs, *more))), tuple(dict.fromkeys(trace))


def _refuse_bent_waves(body: Expr, variables: tuple[Symbol, ...]) -> None:
    """Along one axis a wave may damp what along both diverges, so only affine arguments are read."""
    for wave in body.atoms(sin, cos):
        if _affine(wave.args[0], variables) is None:
            raise NoClosedForm(f"no closed form is known for {wave} under a normal law in the plane")


def _refuse_averages(body: Expr, variables: tuple[Symbol, ...]) -> None:
    """The logarithm of a sum of exponentials of both, or a quotient by one: trying would take long."""
    sums = [f.args[0] for f in body.atoms(log)] + [p.base for p in body.atoms(Pow) if p.exp.is_negative]
    for inner in sums:
        if inner.is_Add and inner.has(exp) and inner.free_symbols.issuperset(variables):
            raise NoClosedForm(f"no closed form is known for averages such as {inner} in the plane")


def _affine(expr: Expr, variables: tuple[Symbol, ...]) -> tuple[Plane, Expr] | None:
    """``(c, d)`` of ``c.a + d``, or None."""
    slopes = tuple(expr.diff(v) for v in variables)
    if any(s.has_free(*variables) for s in slopes):
        return None
    return (slopes[0], slopes[1]), expr.xreplace({v: S.Zero for v in variables})


def _switching(body: Expr, variables: tuple[Symbol, ...]) -> list[Expr]:
    """What changes sign where ``body`` is not smooth."""
    found: list[Expr] = [f.args[0] for f in body.atoms(*_OF_SIGN)]
    for extreme in body.atoms(Max, Min):
        found += [extreme.args[0] - other for other in extreme.args[1:]]
    for branch in body.atoms(Piecewise):
        found += [r.lhs - r.rhs for r in branch.atoms(Relational)]
    return [f for f in found if f.has_free(*variables)]


def _directions(body: Expr, variables: tuple[Symbol, ...]) -> list[Plane]:
    """The one direction along which all kinks lie, or nothing where there are no kinks."""
    kept: list[Plane] = []
    for switch in _switching(body, variables):
        read = _affine(switch, variables)
        if read is None:
            raise NoClosedForm(f"no closed form is known for a kink along {switch} = 0 in the plane")
        if kept and (kept[0][0] * read[0][1] - kept[0][1] * read[0][0]).expand() != 0:
            raise NoClosedForm("no closed form is known for kinks along more than one direction")
        kept = kept or [read[0]]
    return kept


class _Flattened:
    """Rewrites what decides a branch in terms of the one form ``c.a = line``."""

    def __init__(self, variables: tuple[Symbol, ...], direction: Plane, line: Expr) -> None:
        self.variables = variables
        self.direction = direction
        self.line = line

    def of(self, expr: Basic) -> Basic:
        if not expr.has_free(*self.variables):
            return expr
        if isinstance(expr, _OF_SIGN):
            return expr.func(self._along(expr.args[0]), *expr.args[1:])
        if isinstance(expr, (Max, Min)):
            first, *others = expr.args
            rest = expr.func(*others) if len(others) > 1 else others[0]
            if len(others) > 1:
                raise NoClosedForm(f"no closed form is known for {expr} in the plane: write it in steps")
            return self.of(rest) + expr.func(self._along(first - rest), 0)
        if isinstance(expr, Piecewise):
            return self._steps(expr)
        return expr.func(*(self.of(a) for a in expr.args)) if expr.args else expr

    def _steps(self, expr: Piecewise) -> Expr:
        """The branches times steps, so that the other axis sees smooth branches."""
        total, left = S.Zero, S.One
        for branch, condition in expr.args:
            step = self._step(condition, expr)
            total += left * step * self.of(branch)
            left = left * (1 - step)
        return total

    def _step(self, condition: Basic, expr: Expr) -> Expr:
        if condition == S.true:
            return S.One
        if not isinstance(condition, (Gt, Ge, Lt, Le)):
            raise NoClosedForm(
                f"no closed form is known for {expr} in the plane: its condition is no inequality"
            )
        gap = condition.lhs - condition.rhs
        return Heaviside(self._along(gap if isinstance(condition, (Gt, Ge)) else -gap))

    def _along(self, switch: Expr) -> Expr:
        read = _affine(switch, self.variables)
        if read is None:
            raise NoClosedForm(f"no closed form is known for a kink along {switch} = 0 in the plane")
        (c0, c1), rest = read
        ratio = c0 / self.direction[0] if self.direction[0] != 0 else c1 / self.direction[1]
        return Add(ratio * self.line, rest)
