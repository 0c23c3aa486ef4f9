"""Terms as short rows of numbers: how candidates for a mended line are told from each other quickly.

A row has the value of a term at a few rational points (and for each concrete instance of an arbitrary law).
Rows only select: whatever is said of a line is confirmed by the oracle with its own error bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

from sympy import Expr, Rational, Symbol

from derive.context import Context, Instance
from derive.errors import DeriveError
from derive.oracle import value
from derive.written.situation import Situation, computable

# Two numbers count as one where they differ by less: quotients and quadrature err by some 1e-9 at most.
CLOSE = 1e-7
Point = dict[Symbol, Rational]
ERRORS = (DeriveError, TypeError, ValueError, ArithmeticError, AssertionError, RecursionError, AttributeError)


@dataclass(frozen=True)
class Places:
    """Where the terms of one line are evaluated; ``spots`` pairs a point with an instance."""

    where: Situation
    spots: tuple[tuple[Point, Instance | None], ...]
    _known: dict[tuple[Expr, int], float | None] = field(default_factory=dict, repr=False)

    def at(self, term: Expr, spot: int) -> float | None:
        """The value at one spot, or None where there is none."""
        key = (term, spot)
        if key not in self._known:
            self._known[key] = self._computed(term, spot)
        return self._known[key]

    def _computed(self, term: Expr, spot: int) -> float | None:
        point, instance = self.spots[spot]
        try:
            made = computable(term, self.where)
            found = value(instance(made) if instance is not None else made, point)
        except ERRORS:
            return None
        # An error beyond a thousandth tells nothing about a lost factor.
        if not isfinite(found.value) or found.error > 1e-3 * max(abs(found.value), 1e-3):
            return None
        return found.value

    def row(self, term: Expr) -> tuple[float, ...] | None:
        """The values at all spots, or None where one is missing."""
        found = []
        for spot in range(len(self.spots)):
            number = self.at(term, spot)
            if number is None:
                return None
            found.append(number)
        return tuple(found)

    def agree(self, term: Expr, target: tuple[float, ...]) -> bool:
        """Whether the term has the target's values; it stops at the first that differs."""
        for spot, wanted in enumerate(target):
            found = self.at(term, spot)
            if found is None or not close(found, wanted):
                return False
        return True


def close(x: float, y: float) -> bool:
    """Equal up to what quotients and quadrature err by."""
    return abs(x - y) <= CLOSE * max(abs(x), abs(y), 1e-2)


def places(where: Situation, *terms: Expr) -> Places:
    """Spots for a line with these terms: every point once, and every instance at least twice."""
    context = where.context_for(*terms)
    return Places(where, tuple(_spots(context)))


def _spots(context: Context) -> Iterator[tuple[Point, Instance | None]]:
    for instance in context.instances or (None,):
        for point in context.points[:3]:
            yield point, instance
