"""Asymptotic scales ``exp(L(y))`` on ``y >= R`` with proved bounds: what tails are measured by.

``L(y) = p*log(log(y)) + n*log(y) + c*y + d*y**2 + sum of k*exp(q*y)``, every ``q > 0``. The five
kinds of terms are ordered by growth, so the one of the highest kind decides; the claims below hold
for every ``y >= R``, not only in the limit. ``R >= 3`` throughout, so that all five are positive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flint import arb, fmpq

Number = fmpq | arb
_ZERO = fmpq(0)
FIRST_START = 3


class Later(Exception):
    """The claim is not true, or not provable, from this R on; a later one may do."""


class Unbounded(Exception):
    """No claim of the wanted kind holds for large y; the message says what is in the way."""


def number_sign(x: Number) -> int | None:
    """-1, 0 or 1, or ``None`` where a ball holds 0."""
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0 if x == 0 else None


def is_zero(x: Number) -> bool:
    """Whether x is 0 and nothing else. (``x != 0`` says of a ball that it *excludes* 0.)"""
    return bool(x == 0)


@dataclass(frozen=True, slots=True)
class Scale:
    """The positive function ``exp(L(y))``; ``towers`` holds the pairs ``(q, k)``, largest ``q`` first."""

    loglog: Number = _ZERO
    log: Number = _ZERO
    linear: Number = _ZERO
    square: Number = _ZERO
    towers: tuple[tuple[Number, Number], ...] = ()

    def __mul__(self, other: Scale) -> Scale:
        return Scale(
            self.loglog + other.loglog,
            self.log + other.log,
            self.linear + other.linear,
            self.square + other.square,
            _merge(self.towers, other.towers),
        )

    def power(self, r: Number) -> Scale:
        if r == 0:
            return Scale()
        towers = tuple((q, k * r) for q, k in self.towers)
        return Scale(self.loglog * r, self.log * r, self.linear * r, self.square * r, towers)

    def __truediv__(self, other: Scale) -> Scale:
        return Scale(
            _minus(self.loglog, other.loglog),
            _minus(self.log, other.log),
            _minus(self.linear, other.linear),
            _minus(self.square, other.square),
            _without(self.towers, other.towers),
        )

    def is_one(self) -> bool:
        return not self.towers and self.loglog == self.log == self.linear == self.square == 0

    def exponent(self, y: arb) -> arb:
        """``L(y)``."""
        total = self.linear * y + self.square * y * y + self.log * y.log()
        if not is_zero(self.loglog):
            total += self.loglog * y.log().log()
        for q, k in self.towers:
            total += k * (q * y).exp()
        return arb(total)

    def _slopes(self, y: arb) -> Iterator[tuple[Number, arb, Number | None]]:
        """``(coefficient, derivative of its term without it, q or None)``, the fastest kind first."""
        for q, k in self.towers:
            yield k, q * (q * y).exp(), q
        yield self.square, 2 * y, None
        yield self.linear, arb(1), None
        yield self.log, 1 / y, None
        yield self.loglog, 1 / (y * y.log()), None

    def trend(self) -> int:
        """-1 where the scale goes to 0, 0 where it is 1, 1 where it may grow without bound."""
        kinds = (*(k for _, k in self.towers), self.square, self.linear, self.log, self.loglog)
        for coefficient in kinds:
            if not is_zero(coefficient):
                return -1 if number_sign(coefficient) == -1 else 1
        return 0

    def _fall(self, start: arb) -> tuple[arb, arb, int]:
        """``(N, theta, kind)``: L' <= -(1 - theta) * N(y) for y >= start, N(y) the leading slope.

        Let the leading term be negative, with slope -N, and S the sum of the positive slopes of the
        others. Each of them, divided by N, falls: their logarithmic derivatives are, in order,
        q, 1/y, 0, -1/y, -1/y - 1/(y log y), so a later one never exceeds an earlier one where
        y >= 1/q. Hence S/N <= theta = S(start)/N(start) beyond the start.
        """
        leading: arb | None = None
        kind, others = 0, arb(0)
        for place, (coefficient, slope, q) in enumerate(self._slopes(start)):
            sign = number_sign(coefficient)
            if sign == 0:
                continue
            if leading is None:
                if sign != -1:
                    raise Unbounded(f"it grows like {self}")
                leading, kind = -coefficient * slope, place - len(self.towers)
                if q is not None and not q * start >= 1:
                    raise Later
            elif sign != -1:
                # A coefficient of unknown sign counts with its upper bound.
                others += arb(coefficient).upper() * slope
        if leading is None:
            return arb(0), arb(0), 3
        return leading, others / leading, kind

    def bound(self, start: arb) -> arb:
        """An upper bound of the scale over all ``y >= start``: its value there, once it falls.

        Raises ``Later`` where it may still rise at ``start``, ``Unbounded`` where it always does.
        """
        if self.is_one():
            return arb(1)
        _, theta, _ = self._fall(start)
        if not theta <= 1:
            raise Later
        return arb(self.exponent(start).exp().upper())

    def integral(self, start: arb) -> arb:
        """An upper bound of the integral of the scale from ``start`` to infinity.

        From L' <= -rate follows exp(L(y)) <= exp(L(start)) * exp(-rate*(y - start)). Raises
        ``Unbounded`` for powers of y, which another coordinate turns into exponentials.
        """
        leading, theta, kind = self._fall(start)
        if kind > 1:
            raise Unbounded(f"it falls no faster than a power, {self}")
        if not theta < 1:
            raise Later
        return arb((self.exponent(start).exp() / ((1 - theta) * leading)).upper())

    def __str__(self) -> str:
        named = (
            *((f"exp({_short(q)}*y)", k) for q, k in self.towers),
            ("y**2", self.square),
            ("y", self.linear),
            ("log(y)", self.log),
            ("log(log(y))", self.loglog),
        )
        inner = " + ".join(f"{_short(k)}*{name}" for name, k in named if not is_zero(k))
        return f"exp({inner})" if inner else "1"


def _short(x: Number) -> str:
    return str(x) if isinstance(x, fmpq) else str(x.str(5, radius=False))


def _minus(x: Number, y: Number) -> Number:
    """``x - y``; a coefficient is one number, so a ball minus the very same ball is exactly 0."""
    return _ZERO if x is y else x - y


Towers = tuple[tuple[Number, Number], ...]


def _without(left: Towers, right: Towers) -> Towers:
    """Towers of the quotient; those that both sides share cancel exactly."""
    kept = tuple(pair for pair in left if not any(_same(pair, other) for other in right))
    rest = tuple((q, -k) for q, k in right if not any(_same((q, k), other) for other in left))
    return _merge(kept, rest)


def _same(one: tuple[Number, Number], two: tuple[Number, Number]) -> bool:
    return (one[0] is two[0] or bool(one[0] == two[0])) and one[1] is two[1]


def _merge(left: Towers, right: Towers) -> Towers:
    """The sum of two lists of towers, ordered by q; raises ``Unbounded`` where two q cannot be ordered."""
    if not right:
        return left
    merged = list(left)
    for q, k in right:
        place = 0
        while place < len(merged) and merged[place][0] > q:
            place += 1
        if place < len(merged) and merged[place][0] == q:
            merged[place] = (q, merged[place][1] + k)
        elif place == len(merged) or merged[place][0] < q:
            merged.insert(place, (q, k))
        else:
            raise Unbounded(f"exp({_short(q)}*y) and exp({_short(merged[place][0])}*y) cannot be told apart")
    return tuple((q, k) for q, k in merged if not is_zero(k))
