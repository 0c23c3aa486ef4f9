"""Does an expectation exist, and may it be differentiated under its integral or sum? Decided end by end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from sympy import Dummy, Expr, Rational, S, StrictLessThan, Symbol
from sympy.core.relational import Relational

from . import simplex
from .cells import kinks, singularities, split
from .context import Context
from .errors import NoExpectation, Undecided
from .growth import Asymptotics
from .lattice import count, on_lattice
from .laws import is_generic, log_density, support_of
from .orders import LOG, Growth, Point, Scale, Y, toward
from .pointwise import number
from .rewriting import split_density
from .series import finite_terms, tail
from .slopes import slope
from .softmaxes import without_softmaxes
from .step import Condition
from .terms import Int, Law, Total

Items = tuple[tuple[Symbol, Rational], ...]


@dataclass(frozen=True, slots=True)
class Existence:
    """An integral converges absolutely, near the point, where ``requires`` hold."""

    requires: tuple[Relational, ...]
    facts: tuple[str, ...]


def existence(body: Expr, law: Law, variables: Sequence[Symbol], context: Context) -> tuple[Condition, ...]:
    """The conditions under which ``body`` has a finite absolute expectation under ``law``."""
    statement = f"E|{body}| is finite"
    if is_generic(law):
        return (Condition(statement, "assumed"),)
    return _settled(statement, body, law, variables, context)


def domination(integral: Int | Total, wrt: Symbol, context: Context) -> tuple[Condition, ...]:
    """The conditions under which the derivative of the integrand is dominated near the point."""
    statement = f"|d/d{wrt}| of the integrand is dominated by an integrable function"
    density, rest = split_density(integral.body)
    if isinstance(integral, Total):
        statement = f"the sum of the terms' derivatives in {wrt} converges uniformly near the point"
    if density is None or is_generic(density.law):
        return (Condition(statement, "assumed"),)
    if on_lattice(density.law) and count(density.law, context.point) is not None:
        return (Condition("a finite sum is differentiated term by term", "proved", "nothing to show"),)
    score = log_density(density.law, *density.point).diff(wrt)
    # At a jump the classical derivative is meant: moving jumps are another condition.
    moved = slope(rest, wrt) + rest * score
    return _settled(statement, moved, density.law, integral.variables, context)


def _settled(
    statement: str, body: Expr, law: Law, variables: Sequence[Symbol], context: Context
) -> tuple[Condition, ...]:
    try:
        found = expectation_exists(body, law, variables, context.point)
    except NoExpectation as error:
        return (Condition(statement, "failed", f"{error.message}; {error.help}"),)
    except Undecided as error:
        return (Condition(statement, "assumed", error.message),)
    needed = tuple(context.holds(r) for r in found.requires)
    return (Condition(statement, "proved", "; ".join(found.facts)), *needed)


def expectation_exists(body: Expr, law: Law, variables: Sequence[Symbol], point: Point) -> Existence:
    """Settle whether ``E|body|`` is finite; raises ``NoExpectation`` or ``Undecided``."""
    return _expectation_exists(body, law, tuple(variables), tuple(point.items()))


@lru_cache(maxsize=4096)
def _expectation_exists(body: Expr, law: Law, variables: tuple[Symbol, ...], items: Items) -> Existence:
    point = dict(items)
    if on_lattice(law):
        return summable(body, law, variables, point)
    if law.name == "dirichlet":
        needed = simplex.integrable(body, law.parameters, variables, point)
        return Existence(needed, ("every power of a coordinate is integrable at its face of the simplex",))
    if len(variables) > 1:
        return gaussian_integrable(body, variables, point)
    axis = support_of(law)[0]
    (x,) = variables
    return integrable(body, log_density(law, x), x, axis.lower, axis.upper, point)


def summable(body: Expr, law: Law, variables: Sequence[Symbol], point: Point) -> Existence:
    """Whether the sum of ``body`` times the mass converges absolutely; raises as ``integrable``."""
    fact = finite_terms(body, law, variables, point)
    if count(law, point) is not None:
        return Existence((), (fact,))
    (x,) = variables
    found = tail(body, law, x, point)
    if isinstance(found, str):
        return Existence((), (fact, found))
    try:
        relation, end = _decide(*found, x, S.Infinity)
    except NoExpectation as error:
        raise NoExpectation(error.message.replace("the integral", "the sum"), error.help) from None
    # What the mass itself needs in order to sum to one is the domain of the family.
    own = tail(S.One, law, x, point)
    needed = relation is not None and (isinstance(own, str) or _decide(*own, x, S.Infinity)[0] != relation)
    return Existence((relation,) if relation is not None and needed else (), (fact, end))


def integrable(body: Expr, log_density: Expr, x: Symbol, lower: Expr, upper: Expr, point: Point) -> Existence:
    """Whether ``body * exp(log_density)`` is absolutely integrable over ``lower < x < upper``.

    Raises ``NoExpectation`` where it is not, at the point or arbitrarily near it, and ``Undecided``
    where the growth at an end, or at a pole inside, is not one that the calculus compares.
    """
    _refuse_unreal(body, x, lower, upper, point)
    requires: dict[Relational, None] = {}
    facts: list[str] = []
    for end, from_below, near in _ends(body, x, lower, upper, point):
        relation, fact = _at_end(near, log_density, x, end, from_below, point)
        if relation is not None:
            requires[relation] = None
        facts.append(fact)
    return Existence(tuple(requires), tuple(facts))


def _ends(body: Expr, x: Symbol, lower: Expr, upper: Expr, point: Point) -> list[tuple[Expr, bool, Expr]]:
    """Each end of the support and both sides of every pole, with the smooth body next to it."""
    first, last = _outer_bodies(body, x, lower, upper, point)
    ends = [(lower, False, first), (upper, True, last)]
    low, high = _number(lower, point), _number(upper, point)
    for pole in singularities(body, x, point):
        if low < _number(pole, point) < high:
            ends += [(pole, True, body), (pole, False, body)]
    return ends


def _outer_bodies(body: Expr, x: Symbol, lower: Expr, upper: Expr, point: Point) -> tuple[Expr, Expr]:
    """The body as it reads on the first and the last cell; as it stands where cells meet an end."""
    try:
        cells = split(body, x, lower, upper, point).cells
    except Undecided:
        return body, body
    return cells[0].body, cells[-1].body


def _at_end(
    body: Expr, log_density: Expr, x: Symbol, end: Expr, from_below: bool, point: Point
) -> tuple[Relational | None, str]:
    x_of_y, finite = toward(end, from_below)
    calculus = Asymptotics(Y, point)
    total = calculus.growth(body.xreplace({x: x_of_y}))
    total += _density_growth(log_density, x, end, from_below, tuple(point.items()))
    if finite:
        total += Growth(((LOG, S(-2)),))
    return _decide(total, calculus, x, end)


@lru_cache(maxsize=1024)
def _density_growth(log_density: Expr, x: Symbol, end: Expr, from_below: bool, items: Items) -> Growth:
    point = dict(items)
    first, last = _outer_bodies(log_density, x, S.NegativeInfinity, S.Infinity, point)
    inner = log_density if end.is_finite else last if from_below else first
    return Growth(Asymptotics(Y, point).expansion(inner.xreplace({x: toward(end, from_below)[0]})))


def _decide(total: Growth, calculus: Asymptotics, x: Symbol, end: Expr) -> tuple[Relational | None, str]:
    """The first coefficient that does not vanish decides; powers of y must fall faster than 1/y."""
    terms = dict(total.terms)
    terms.setdefault(LOG, S.Zero)
    for scale in sorted(terms, key=calculus.rank, reverse=True):
        coefficient = terms[scale] + 1 if scale == LOG else terms[scale]
        sign = calculus.sign(coefficient)
        if sign < 0:
            known = coefficient.is_negative
            relation = None if known else _requirement(coefficient)
            return relation, f"{x} -> {end}: decided by {_name(scale)} with coefficient {terms[scale]}"
        if sign > 0 or (scale == LOG and coefficient == 0):
            raise NoExpectation(
                f"the integral diverges as {x} -> {end}", _needs(coefficient, "and that is false here")
            )
        if coefficient != 0:
            raise NoExpectation(
                f"the integral is on the border of divergence as {x} -> {end}",
                _needs(coefficient, "and the two sides are equal here"),
            )
    raise Undecided(f"the growth as {x} -> {end} is not decided")


def _requirement(coefficient: Expr) -> Relational:
    """``coefficient < 0``, with what is known to be positive divided out and terms sorted to two sides."""
    numerator, denominator = coefficient.together().as_numer_denom()
    if denominator.is_positive:
        coefficient = numerator
    constant, rest = coefficient.as_coeff_Add()
    if rest.could_extract_minus_sign():
        return StrictLessThan(constant, -rest, evaluate=False)
    return StrictLessThan(rest, -constant, evaluate=False)


def _needs(coefficient: Expr, why: str) -> str:
    return (
        f"it needs {_requirement(coefficient)}, {why}" if coefficient.free_symbols else "it never converges"
    )


def _name(scale: Scale) -> str:
    kind, exponent = scale
    return {4: f"exp({exponent}*y)", 3: f"y**({exponent})", 2: f"log(y)**({exponent})", 1: "log(y)"}.get(
        kind, "log(log(y))"
    )


def _refuse_unreal(body: Expr, x: Symbol, lower: Expr, upper: Expr, point: Point) -> None:
    """A logarithm or root of a negative number inside the support is no expectation at all."""
    low, high = _number(lower, point), _number(upper, point)
    inner = [_number(k, point) for k in (*kinks(body, x, point), *singularities(body, x, point))]
    cuts = sorted({low, high, *(k for k in inner if low < k < high)})
    for left, right in itertools.pairwise(cuts):
        if number(body, {**point, x: Rational(Fraction(_between(left, right)))}).is_nan():
            raise NoExpectation(
                f"{body} is not a real number for {x} between {left:g} and {right:g}, inside the support",
                "choose a family whose support is positive, or an integrand that is real on all of it",
            )


def _between(left: float, right: float) -> float:
    infinite = float("inf")
    if left == -infinite:
        return 0.0 if right == infinite else right - 1.0
    return left + 1.0 if right == infinite else (left + right) / 2


def _number(expr: Expr, point: Point) -> float:
    if expr in (S.Infinity, S.NegativeInfinity):
        return float(str(expr).replace("oo", "inf"))
    return float(expr.xreplace(dict(point)))


def gaussian_integrable(body: Expr, variables: Sequence[Symbol], point: Point) -> Existence:
    """Whether a normal density in any dimension dominates ``body``: it grows slower than ``exp(c |a|**2)``.

    Every variable runs to infinity along an arbitrary direction ``d y``; only the scale of the growth
    is asked for, so the direction never matters.
    """
    slopes = {v: Dummy(f"d{i}", positive=True) for i, v in enumerate(variables)}
    direction = {v: d * Y for v, d in slopes.items()}
    plain, softmaxes = without_softmaxes(body, variables)
    calculus = Asymptotics(Y, {**point, **dict.fromkeys((*slopes.values(), *softmaxes), S.One)})
    growth = calculus.growth(plain.xreplace(direction))
    for scale, _ in growth.terms:
        if calculus.rank(scale) >= (3, 2.0):
            raise Undecided(f"{body} grows like {_name(scale)}: not settled against a normal density")
    return Existence((), ("every growth slower than exp(c*|a|**2) is integrable under a normal density",))
