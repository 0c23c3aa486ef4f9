"""Narrow peaks between the nodes: seen in the logarithm, where they do not underflow.

``a**2`` under a normal law at 40 with scale 0.01 is zero in doubles at every node of a rule that
does not know where to look; its logarithm still slopes towards 40.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from sympy import Add, Expr, Mul, Pow, S, Symbol, exp

from .arrays import evaluate
from .log_form import log_size
from .pieces import Piece

# Terms of the integrand that are looked at one by one; more would be a polynomial somebody expanded.
_MOST_TERMS = 12
# Natural logarithms: a drop by more than this between neighbouring nodes hides a peak.
_STEEP = 4.0


@dataclass(frozen=True, slots=True)
class Peak:
    """Where one term of the integrand is largest, its logarithm there, and how wide it is."""

    at: float
    logarithm: float
    width: float


@lru_cache(maxsize=1024)
def log_terms(body: Expr, x: Symbol) -> tuple[Expr, ...]:
    """``log|term|`` of the additive terms of ``body``, one for each different exponential or narrow part."""
    chosen: dict[Expr, Expr] = {}
    for sharp, smooth in _terms(body, x):
        chosen.setdefault(sharp, sharp + smooth)
    return tuple(chosen.values())


Term = tuple[Expr, Expr]


def _terms(body: Expr, x: Symbol) -> list[Term]:
    if isinstance(body, Add):
        return [t for arg in body.args for t in _terms(arg, x)]
    if isinstance(body, Mul):
        factors = [_terms(arg, x) for arg in body.args]
        if math.prod(map(len, factors)) > _MOST_TERMS:
            factors = [f if len(f) == 1 else [_factor(a, x)] for f, a in zip(factors, body.args, strict=True)]
        return [(Add(*(s for s, _ in parts)), Add(*(r for _, r in parts))) for parts in product(*factors)]
    return [_factor(body, x)]


def _factor(body: Expr, x: Symbol) -> Term:
    """The sharp part (exponentials, inverse powers of sums) and the rest of ``log|body|``."""
    if isinstance(body, exp) and x in body.free_symbols:
        return body.args[0], S.Zero
    size = log_size(body)
    sharp = isinstance(body, Pow) and isinstance(body.base, Add) and x not in body.exp.free_symbols
    return (size, S.Zero) if sharp and not body.exp.is_positive else (S.Zero, size)


def hidden_peaks(body: Expr, piece: Piece, low: int, high: int) -> list[Peak]:
    """Peaks of the terms of ``body`` that fall between the nodes ``low <= k < high`` of the first level."""
    found = (_peak(term, piece, low, high) for term in log_terms(body, piece.x))
    return [peak for peak in found if peak is not None]


def _peak(logarithm: Expr, piece: Piece, low: int, high: int) -> Peak | None:
    heights = [_seen(v) for v in piece.sample(logarithm, 0, low, high)]
    top = max(range(len(heights)), key=heights.__getitem__)
    best = heights[top]
    if best == -math.inf:
        return None
    sides = [heights[i] for i in (top - 1, top + 1) if 0 <= i < len(heights)]
    if len(sides) < 2 or not all(best - side > _STEEP for side in sides):
        return None
    return _climb(logarithm, piece, low + top)


def _seen(v: float) -> float:
    return v if -math.inf < v < math.inf else -math.inf


def _climb(logarithm: Expr, piece: Piece, k: int) -> Peak:
    """The top between the neighbours of node ``k``, by nested grids."""
    left, right = sorted((place(piece, k - 1), place(piece, k + 1)))
    span = right - left
    best, height = left, -math.inf
    # Each round keeps 2 of 8 intervals: 24 rounds narrow by 4**24 = 3e14, to the rounding of x.
    for _ in range(24):
        grid = [left + (right - left) * i / 8 for i in range(9)]
        heights = [_seen(v) for v in _at(logarithm, piece, grid)]
        i = max(range(9), key=heights.__getitem__)
        best, height = grid[i], heights[i]
        left, right = grid[max(i - 1, 0)], grid[min(i + 1, 8)]
    return Peak(best, height, _width(logarithm, piece, best, height, span))


def _width(logarithm: Expr, piece: Piece, at: float, height: float, span: float) -> float:
    """The distance, to a factor of 2, from which the logarithm is 1/2 lower on both sides."""
    steps = [span * 2.0**-i for i in range(60, 0, -1)]
    left, right = ([height - _seen(v) for v in _at(logarithm, piece, [at + side * s for s in steps])]
                   for side in (-1, 1))  # fmt: skip
    return next((s for s, *drops in zip(steps, left, right, strict=True) if min(drops) > 0.5), span)


def _at(logarithm: Expr, piece: Piece, places: list[float]) -> list[float]:
    found = evaluate(logarithm, {**piece.values, piece.x: places})
    return found if isinstance(found, list) else [found] * len(places)


def place(piece: Piece, k: int) -> float:
    """Node ``k`` of the first level as a number on the axis."""
    (at,) = piece.sample(piece.x, 0, k, k + 1)
    return at
