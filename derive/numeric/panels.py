"""Rigorous integrals over one cell, finite or not: panels by ``acb.integral``, tails by majorants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import acb, arb, ctx, fmpq
from sympy import Expr, Symbol

from derive.errors import Undecided

from .compiled import compile_ball
from .evaluator import Evaluator
from .majorant import Approach, horizon, straight, stretched, toward
from .rotation import Waves, turned, waves

# About 0.2 s. Smooth cells take hundreds of evaluations, each kink that could not be cut some hundreds.
_MOST_EVALUATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Goal:
    """``bits`` of working precision, the absolute ``tolerance`` wanted, and whether kinks are admitted."""

    bits: int
    tolerance: arb
    kinked: bool = False


def integrate(body: Expr, x: Symbol, lower: Expr, upper: Expr, goal: Goal) -> arb:
    """A ball that holds the integral of ``body`` (a function of ``x`` alone) over ``(lower, upper)``.

    The body must be smooth inside, unless ``goal`` admits kinks; ends may be infinite or
    singular. Raises ``Undecided`` where a tail cannot be bounded or the integrand is not real.
    A ball that is not finite means an interior singularity.
    """
    if body == 0:
        return arb(0)
    with ctx.workprec(goal.bits):
        try:
            return _Cell(body, x, lower, upper, goal).integral()
        except _Singular:
            return arb.nan()


class _Singular(Exception):
    """A panel is not finite: there is a singularity inside, or too much oscillation."""


class _Cell:
    def __init__(self, body: Expr, x: Symbol, lower: Expr, upper: Expr, goal: Goal) -> None:
        self.body, self.x, self.goal = body, x, goal
        self.program = compile_ball(body, [x], {}, goal.bits, kinked=goal.kinked)
        numbers = Evaluator({})
        self.ends = (lower, upper)
        self.balls = tuple(numbers.ball(e).real for e in self.ends)
        self.total = arb(0)

    def integral(self) -> arb:
        low, high = self._reach(-1), self._reach(1)
        self._panel(self.program, low, high)
        return self.total

    def _panel(self, program: Any, low: arb, high: arb) -> None:
        found = acb.integral(
            program, acb(low), acb(high), abs_tol=self.goal.tolerance, eval_limit=_MOST_EVALUATIONS
        )
        if not found.is_finite():
            raise _Singular
        if not found.imag.contains(0):
            raise Undecided(f"{self.body} is not real on the whole of its cell")
        self.total += found.real

    def _reach(self, side: int) -> arb:
        """Where the middle panel ends on this side; what lies beyond is added to the total."""
        end, other = (self.ends[1], self.balls[0]) if side > 0 else (self.ends[0], self.balls[1])
        ball = self.balls[1] if side > 0 else self.balls[0]
        if not end.is_infinite:
            return ball if self._is_regular(ball) else self._into(side, end, ball)
        clear = float(abs(other).upper()) + 1 if other.is_finite() else 0.0
        approach = straight(self.body, self.x, side)
        try:
            found = horizon(approach, self.goal.tolerance, clear)
        except Undecided:
            return self._power_tail(side, clear)
        self.total += arb(0, found.rest)
        return arb(side * found.start)

    def _power_tail(self, side: int, clear: float) -> arb:
        k = max(3, int(clear).bit_length())
        parts = waves(self.body, self.x)
        if parts is not None and any(frequency != 0 for frequency in parts):
            # Bounds alone prove that the integral exists; its value needs the oscillation.
            horizon(stretched(self.body, self.x, side), self.goal.tolerance, clear)
            return self._oscillation(parts, side, k)
        self._outer(stretched(self.body, self.x, side), k)
        return arb(side * 2**k)

    def _oscillation(self, parts: Waves, side: int, k: int) -> arb:
        start = arb(2) ** k
        for frequency, amplitude in parts.items():
            if frequency == 0:
                self._outer(stretched(amplitude, self.x, side), k)
                continue
            outward = amplitude.xreplace({self.x: side * self.x})
            found = turned(outward, side * frequency, self.x, start, self.goal.bits, self.goal.tolerance)
            self.total += found.real
        return side * start

    def _into(self, side: int, end: Expr, ball: arb) -> arb:
        """The panels near a singular end, from a distance of ``2**-k`` inwards."""
        width = self.balls[1] - self.balls[0]
        k = 0
        while not arb(2) ** (1 - k) <= width:
            k += 1
        self._outer(toward(self.body, self.x, side, end), k)
        return ball - side * arb(2) ** (-k)

    def _outer(self, approach: Approach, k: int) -> None:
        """From ``y = k*log(2)`` to the horizon, and the rest beyond it."""
        first = k * arb(2).log()
        found = horizon(approach, self.goal.tolerance, float(first.upper()))
        definitions = [(approach.near, approach.meaning)]
        body = approach.body * approach.weight
        program = compile_ball(
            body, [approach.y], {}, self.goal.bits, definitions=definitions, kinked=self.goal.kinked
        )
        self._panel(program, first, arb(found.start))
        self.total += arb(0, found.rest)

    def _is_regular(self, ball: arb) -> bool:
        """Whether the integrand is analytic on a disc about the end."""
        disc = acb(ball + arb(0, fmpq(1, 1024)), arb(0, fmpq(1, 1024)))
        return bool(self.program(disc, True).is_finite())
