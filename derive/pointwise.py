"""What is proved about expressions at one rational point: signs, conditions, numbers on the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb, ctx
from sympy import Basic, Expr, Rational, Symbol

from .errors import Undecided
from .numeric.evaluator import Evaluator, as_ball

Point = Mapping[Symbol, Rational]

# The first settles nearly all; the second, what cancels.
PRECISIONS = (128, 512)


def number(expr: Expr, point: Point, bits: int = PRECISIONS[0]) -> arb:
    """The ball of a real or infinite expression; a nan ball where it is neither."""
    with ctx.workprec(bits):
        ball = as_ball(Evaluator(point).value(expr))
    return ball.real if ball.imag.contains(0) else arb.nan()


def sign(expr: Expr, point: Point) -> int | None:
    """-1, 0 or 1 where it is proved; ``None`` where 512 bits do not tell (or it is not real)."""
    return _firmly(lambda walk: walk.sign(expr), point)


def truth(condition: Basic, point: Point) -> bool:
    """Whether a condition holds at the point; raises ``Undecided`` on a near tie."""
    holds = _firmly(lambda walk: walk.truth(condition), point)
    if holds is None:
        raise Undecided(f"whether {condition} holds at this point is open: it is a tie, or nearly one",
                        "move the point")  # fmt: skip
    return bool(holds)


def _firmly(ask: Any, point: Point) -> Any:
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            answer = ask(Evaluator(point))
        if answer is not None:
            return answer
    return None


def vanishes(expr: Expr, point: Point) -> bool:
    """Whether ``expr`` is zero at the point and near it.

    False is proved. True is by structure, or because balls of 512 bits hold zero at the point
    and at two neighbours of it. Raises ``Undecided`` where it has no finite value.
    """
    if expr == 0:
        return True
    if sign(expr, point) in (1, -1):
        return False
    balls = [number(expr, where, PRECISIONS[-1]) for where in (point, *_neighbours(point))]
    if not all(ball.is_finite() for ball in balls):
        raise Undecided(f"{expr} has no finite value at this point", "move the point")
    return all(ball.contains(0) for ball in balls)


def _neighbours(point: Point) -> list[dict[Symbol, Rational]]:
    """Two generic points close by: an analytic function that is zero at all is zero near the point."""
    out = []
    for step in (Rational(1, 3001), Rational(-1, 7001)):
        shifts = (step * (1 + Rational(i * i, 11)) for i in range(len(point)))
        out.append({s: v + (abs(v) or 1) * e for (s, v), e in zip(point.items(), shifts, strict=True)})
    return out
