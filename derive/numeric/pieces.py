"""A piece of the axis with its rule, and the integrand seen from the piece's own ends.

Near an end the integrand is evaluated in the distance from that end: ``(1 - b)**(-1/2)`` near
``b = 1`` is ``s**(-1/2)``, so nothing cancels however near the node is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sympy import Dummy, Expr, Symbol

from .arrays import evaluate
from .de_rules import FINITE, HALF, LINE, Rule, nodes

DISTANCE = Dummy("s", positive=True)
_SIGNED = Dummy("s", real=True)


@lru_cache(maxsize=2048)
def seen_from(body: Expr, x: Symbol, end: Expr, direction: int) -> Expr:
    """``body`` in the distance from ``end``: to the right (1), to the left (-1), or both ways (0)."""
    if direction == 0:
        return body.xreplace({x: end + _SIGNED})
    return body.xreplace({x: end + direction * DISTANCE})


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval: two finite ends, one finite end and a ``scale``, or a centre (``lower``) and a ``scale``.

    ``values`` are those of the free symbols other than ``x``. ``size`` is the length of a finite
    piece and the scale of any other; ``origin`` and ``far`` are the ends as floats.
    """

    rule: Rule
    x: Symbol
    end: Expr
    direction: int
    other: Expr | None
    size: float
    values: Mapping[Symbol, float]

    def sample(self, body: Expr, level: int, low: int, high: int) -> list[float]:
        """``body`` at the nodes with indices ``low <= k < high`` (0 is the middle) of one level."""
        at = nodes(self.rule, level)
        if self.rule is not FINITE:
            return self._seen(body, self.end, self.direction, at.distance[low + at.offset : high + at.offset])
        middle = min(max(0, low), high)
        left = self._seen(body, self.end, 1, at.distance[low + at.offset : middle + at.offset])
        assert self.other is not None
        right = self._seen(body, self.other, -1, at.distance[middle + at.offset : high + at.offset])
        return left + right

    def weights(self, level: int, low: int, high: int) -> list[float]:
        at = nodes(self.rule, level)
        return at.weight[low + at.offset : high + at.offset]

    def near(self, body: Expr, k: int, spacing: float, count: int) -> list[float]:
        """``body`` at ``count`` equally spaced places from node ``k`` of the first level on."""
        at = nodes(self.rule, 0)
        start = at.distance[k + at.offset]
        places = [start + i * spacing for i in range(count)]
        if self.rule is FINITE and k >= 0:
            assert self.other is not None
            return self._seen(body, self.other, -1, places)
        return self._seen(body, self.end, self.direction, places)

    def _seen(self, body: Expr, end: Expr, direction: int, distances: list[float]) -> list[float]:
        if not distances:
            return []
        size = self.size
        symbol = DISTANCE if direction else _SIGNED
        env: dict[Any, Any] = {**self.values, symbol: [size * d for d in distances]}
        found = evaluate(seen_from(body, self.x, end, direction), env)
        return found if isinstance(found, list) else [found] * len(distances)


def finite(x: Symbol, lower: Expr, upper: Expr, values: Mapping[Symbol, float]) -> Piece:
    length = evaluate(upper - lower, values)
    assert isinstance(length, float)
    return Piece(FINITE, x, lower, 1, upper, length, values)


def half_line(x: Symbol, end: Expr, direction: int, scale: float, values: Mapping[Symbol, float]) -> Piece:
    return Piece(HALF, x, end, direction, None, scale, values)


def line(x: Symbol, centre: Expr, scale: float, values: Mapping[Symbol, float]) -> Piece:
    return Piece(LINE, x, centre, 0, None, scale, values)
