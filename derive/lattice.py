"""Laws on whole numbers: their outcomes, and whether a bend of an integrand lies on one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, product

from sympy import Expr, Integer, Rational, S, Symbol, floor

from .errors import Undecided
from .laws import is_generic, support_of
from .roots import zeros
from .switches import settle
from .terms import Law

Point = Mapping[Symbol, Rational]
Outcome = tuple[Integer, ...]


def on_lattice(law: Law) -> bool:
    """Whether an expectation under the law is a sum."""
    return not is_generic(law) and support_of(law)[0].lattice


def count(law: Law, point: Point) -> int | None:
    """How many outcomes the law has at the point; None where they are infinitely many."""
    total = 1
    for axis in support_of(law):
        if axis.lower.is_infinite or axis.upper.is_infinite:
            return None
        total *= int(axis.upper.xreplace(dict(point)) - axis.lower.xreplace(dict(point))) + 1
    return total


def outcomes(law: Law, point: Point, most: int) -> tuple[Outcome, ...]:
    """The outcomes at the point in order, the first ``most`` of them."""
    size = count(law, point)
    if size is None:
        (axis,) = support_of(law)
        first = int(axis.lower.xreplace(dict(point)))
        return tuple((Integer(first + k),) for k in range(most))
    ends = [(axis.lower.xreplace(dict(point)), axis.upper.xreplace(dict(point))) for axis in support_of(law)]
    ranges = [range(int(low), int(high) + 1) for low, high in ends]
    return tuple(tuple(map(Integer, values)) for values in islice(product(*ranges), most))


def bend_on_outcome(
    bends: Iterable[Expr], law: Law, variables: Sequence[Symbol], point: Point
) -> tuple[Expr, Outcome] | None:
    """The first of ``bends`` that vanishes at an outcome, and that outcome; None where none does.

    The outcome is empty where the bend does not depend on it.

    Raises ``Undecided`` where the zeros of a bend among infinitely many outcomes cannot be found.
    """
    size = count(law, point)
    for bend in bends:
        if not bend.free_symbols & set(variables):
            if bend.subs(point) == 0:
                return bend, ()
            continue
        if size is not None:
            for outcome in outcomes(law, point, size):
                if bend.xreplace(dict(zip(variables, outcome, strict=True))).subs(point) == 0:
                    return bend, outcome
            continue
        (x,) = variables
        for place in _zeros(bend, x, point):
            lower = support_of(law)[0].lower.xreplace(dict(point))
            if place.is_Integer and place >= lower:
                return bend, (Integer(place),)
    return None


def _zeros(bend: Expr, x: Symbol, point: Point) -> list[Expr]:
    """The zeros of a bend at the point; whole numbers among them are recognised exactly or not at all."""
    places = [r.value.xreplace(dict(point)) for r in zeros(bend, x) if settle(r, point)[0]]
    return [_whole(place) for place in places]


def _whole(place: Expr) -> Expr:
    if place.is_Rational:
        return place
    near = floor(place + S.Half)
    if abs((place - near).evalf(30)) < Rational(1, 10**20):
        raise Undecided(f"whether {place} is a whole number is open", "move the point")
    return place
