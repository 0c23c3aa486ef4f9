"""Sums of one rule over one piece, level by level, until two of them agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import mul

from sympy import Expr

from .estimate import NO_NUMBER, Estimate
from .noise import noise
from .pieces import Piece

# The step is halved at most this often: some 2000 nodes, where a smooth integrand needs 100.
MOST_LEVELS = 6
# Contributions below this share of the largest are left out; ends are looked for outside them.
NEGLIGIBLE = 1e-20
# Rounding: a few units per node in the integrand and in the sum, in the worst direction.
ROUNDING = 64 * 2.0**-53
# Nodes that must be negligible before one that is not finite may be: an integrand that overflows far out
# has died off long before, one that is not real from 0 on (sqrt) has just one zero there.
_MARGIN = 3
# What dies off double-exponentially is far below this share before it is zero.
_CLIFF = 1e-16
# From one node to the next e**4: a peak is narrower than the nodes are apart.
_STEEP = math.exp(-4)


@dataclass(frozen=True, slots=True)
class Coarse:
    """The first level: contributions at indices ``low <= k < high`` and what lies outside them.

    ``broken`` is the index of a node at which the integrand is not finite, where that cannot be
    passed over.
    """

    low: int
    high: int
    contributions: list[float]
    broken: int | None

    @property
    def top(self) -> tuple[int, float]:
        """The index of the largest contribution, and its size."""
        sizes = list(map(abs, self.contributions))
        largest = max(sizes)
        return self.low + sizes.index(largest), largest

    def is_suspicious(self) -> bool:
        """Whether nothing was seen, or a peak that the nodes do not resolve."""
        sizes = list(map(abs, self.contributions))
        top = max(sizes, default=0.0)
        if top == 0.0:
            return True
        i = sizes.index(top)
        beside = [sizes[j] for j in (i - 1, i + 1) if 0 <= j < len(sizes)]
        return all(side < _STEEP * top for side in beside)


def contributions(piece: Piece, body: Expr, level: int, low: int, high: int) -> list[float]:
    return list(map(mul, piece.sample(body, level, low, high), piece.weights(level, low, high)))


def coarse(piece: Piece, body: Expr) -> Coarse:
    """The first level, taken outwards on each side as far as it contributes."""
    rule = piece.rule
    low, high = -min(rule.first, rule.left), min(rule.first, rule.right) + 1
    seen = contributions(piece, body, 0, low, high)
    while low > -rule.left and _matters(seen[0], seen):
        further = max(2 * low, -rule.left)
        seen = contributions(piece, body, 0, further, low) + seen
        low = further
    while high <= rule.right and _matters(seen[-1], seen):
        further = min(2 * high, rule.right + 1)
        seen = seen + contributions(piece, body, 0, high, further)
        high = further
    return _trimmed(piece, low, seen)


def _matters(value: float, seen: list[float]) -> bool:
    finite = [abs(v) for v in seen if math.isfinite(v)]
    return math.isfinite(value) and abs(value) > NEGLIGIBLE * max(finite, default=0.0)


def _trimmed(piece: Piece, low: int, seen: list[float]) -> Coarse:
    """Without the ends that do not matter, finite or not; one node of margin stays on each side."""
    sizes = [abs(v) if math.isfinite(v) else math.inf for v in seen]
    top = max((s for s in sizes if s < math.inf), default=0.0)
    inside = [i for i, s in enumerate(sizes) if NEGLIGIBLE * top < s < math.inf] or [len(sizes) // 2]
    first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, len(sizes) - 1)
    near = range(max(inside[0] - _MARGIN, 0), min(inside[-1] + _MARGIN + 1, len(sizes)))
    broken = next((low + i for i in near if sizes[i] == math.inf), None)
    return Coarse(low + first, low + last + 1, seen[first : last + 1], broken)


def _tails(seen: list[float]) -> float:
    """What may lie beyond the nodes that matter, on either side."""
    sizes = list(map(abs, seen))
    top = max(sizes, default=0.0)
    inside = [i for i, s in enumerate(sizes) if s > _CLIFF * top]
    return _tail(sizes, inside[0], 1) + _tail(sizes, inside[-1], -1) if inside else 0.0


def _tail(sizes: list[float], end: int, inward: int) -> float:
    """What may lie beyond the last node that matters, at ``end``; inf where the terms do not fall.

    Terms that fall to an exact zero from a size that matters did not die off: the integrand
    overflowed on the way (``x/(1 + x**2)`` is 0 from 1e154 on), or the nodes ran out.
    """
    beyond, inside = end - inward, end + inward
    if not 0 <= inside < len(sizes) or (0 <= beyond < len(sizes) and sizes[beyond] != 0.0):
        return 0.0
    ratio = sizes[end] / sizes[inside] if sizes[inside] else math.inf
    return sizes[end] * ratio / (1 - ratio) if ratio < 1 else math.inf


def refine(piece: Piece, body: Expr, first: Coarse, relative: float) -> Estimate:
    """Halve the step until two levels agree to ``relative`` of the integral of ``|body|``."""
    step = piece.rule.step
    total, size = step * sum(first.contributions), step * sum(map(abs, first.contributions))
    before, error, seen = math.inf, math.inf, first.contributions
    for level in range(1, MOST_LEVELS + 1):
        grow = 2 ** (level - 1)
        seen = contributions(piece, body, level, first.low * grow, (first.high - 1) * grow)
        step /= 2
        new = total / 2 + step * sum(seen)
        size = size / 2 + step * sum(map(abs, seen))
        if not math.isfinite(new):
            return NO_NUMBER
        error = _error(abs(new - total), before, size)
        before, total = abs(new - total), new
        if level >= 2 and error <= relative * size:
            break
    rounding = ROUNDING + noise(body, piece, *first.top)
    return _scaled(piece, total, error + rounding * size + step * _tails(seen))


def _error(now: float, before: float, size: float) -> float:
    """The last change, or a hundredth of the square of the one before it if that is more.

    Sums that converge at all converge quadratically here, so a last change far below that
    square is two levels that agree by accident.
    """
    if size == 0.0 or before == math.inf:
        return now
    return max(now, 0.01 * min(before, before / size * before))


def _scaled(piece: Piece, total: float, error: float) -> Estimate:
    return Estimate(total * piece.size, error * abs(piece.size)).honest()
