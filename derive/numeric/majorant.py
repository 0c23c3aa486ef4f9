"""Proved bounds of integrals near an end: how far to integrate, and what is left beyond.

Near an end the integrand is written in a coordinate y that runs to infinity, its germ gives
``|F(y)| <= C*exp(L(y))`` for ``y >= R``, and the integral beyond R is at most ``C*exp(L(R))/rate``.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb, fmpq
from sympy import Dummy, Expr, Integer, S, Symbol, exp

from derive.errors import Undecided

from .evaluator import Evaluator
from .germs import Germ, Tail, Term
from .scales import Later, Scale, Unbounded
from .tails import Reader

# Where the germ is first looked at: far enough for leading terms to lead, near enough to be useful.
_PROBES = (12, 48, 200, 1000, 5000)
# Starts that are tried, about 15 % apart.
STARTS = tuple(dict.fromkeys(round(3 * 1.15**i) for i in range(57)))

_FAR = Dummy("y", real=True)
_DISTANCE = Dummy("s", positive=True)


@dataclass(frozen=True, slots=True)
class Approach:
    """A coordinate y in which the end of a cell is at infinity.

    ``body`` is the integrand in ``near``, which is ``meaning`` in y; ``weight`` is ``|d near/d y|``.
    ``germ`` is that of ``near``.
    """

    body: Expr
    near: Symbol
    y: Symbol
    meaning: Expr
    weight: Expr
    germ: Germ


def straight(body: Expr, x: Symbol, side: int) -> Approach:
    """``x = side*y``, for an end at infinity that is reached exponentially fast."""
    y = _FAR
    germ = (Term(Scale(log=fmpq(1)), fmpq(side)),)
    return Approach(body, x, y, side * y, S.One, germ)


def stretched(body: Expr, x: Symbol, side: int) -> Approach:
    """``x = side*exp(y)``, for an end at infinity with power tails."""
    y = _FAR
    germ = (Term(Scale(linear=fmpq(1)), fmpq(side)),)
    return Approach(body, x, y, side * exp(y), exp(y), germ)


def toward(body: Expr, x: Symbol, side: int, end: Expr) -> Approach:
    """``x = end - side*exp(-y)``, for a finite end at which the integrand is singular.

    The distance from the end is a symbol of its own, so that ``x - end`` does not cancel in balls.
    """
    y, near = _FAR, _DISTANCE
    germ = (Term(Scale(linear=fmpq(-1)), fmpq(1)),)
    return Approach(body.xreplace({x: end - Integer(side) * near}), near, y, exp(-y), exp(-y), germ)


@dataclass(frozen=True, slots=True)
class Horizon:
    """Beyond ``start`` the integral is at most ``rest`` in modulus."""

    start: int
    rest: arb


def horizon(approach: Approach, tolerance: arb, least: float) -> Horizon:
    """The first start, not before ``least``, beyond which the integral is proved to be below ``tolerance``.

    Raises ``Undecided`` with the reason where the integrand cannot be bounded by an integrable scale.
    """
    numbers = Evaluator({})
    scale, size = _probe(approach, numbers)
    for start in STARTS:
        if start < least or not _promises(scale, size, arb(start), tolerance):
            continue
        try:
            rest = _rest(approach, numbers, arb(start))
        except (Later, Unbounded):
            continue
        if rest <= tolerance:
            return Horizon(start, rest)
    raise Undecided(f"the tail of {approach.body} falls too slowly: it is like {scale} far out")


def _leading(approach: Approach, numbers: Evaluator, start: arb) -> tuple[Scale, arb]:
    tail = Tail(start)
    reader = Reader(tail, {approach.near: approach.germ, approach.y: straight_germ()}, numbers)
    germ = tail.mul(reader.germ(approach.body), reader.germ(approach.weight))
    return tail.leading(germ)


def straight_germ() -> Germ:
    """The germ of y itself."""
    return (Term(Scale(log=fmpq(1)), fmpq(1)),)


def _rest(approach: Approach, numbers: Evaluator, start: arb) -> arb:
    scale, ball = _leading(approach, numbers, start)
    return arb(0) if ball == 0 else arb((ball.abs_upper() * scale.integral(start)).upper())


def _probe(approach: Approach, numbers: Evaluator) -> tuple[Scale, arb]:
    reason = "no bound holds far out"
    for start in _PROBES:
        try:
            scale, ball = _leading(approach, numbers, arb(start))
        except Later:
            continue
        except Unbounded as problem:
            reason = str(problem)
            continue
        if scale.trend() > 0:
            reason = f"its bound grows like {scale}"
        return scale, arb(ball.abs_upper())
    raise Undecided(f"the tail of {approach.body} could not be bounded: {reason}")


def _promises(scale: Scale, size: arb, start: arb, tolerance: arb) -> bool:
    """Whether the scale seen from afar would do here; the proof comes after."""
    try:
        return size == 0 or bool(size * scale.integral(start) <= tolerance)
    except (Later, Unbounded):
        return False
