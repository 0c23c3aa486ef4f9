"""How many digits of an integrand are rounding, measured on the integrand itself."""

from __future__ import annotations

import math
from itertools import pairwise

from sympy import Expr

from .de_rules import nodes
from .pieces import Piece

# Places so close that a smooth function is a parabola on them to 1e-15: what third differences see is
# rounding. Their spacing is still many units of the last place, so that each rounds anew.
_COUNT = 12
_CLOSENESS = 2.0**-20
# Third differences of independent errors are sqrt(1 + 9 + 9 + 1) times as large as the errors.
_GAIN = math.sqrt(20.0)
# The rms of nine differences from an unlucky sample, against the largest error behind it.
_LUCK = 3.0


def noise(body: Expr, piece: Piece, k: int, largest: float) -> float:
    """The rounding error of the contributions beside node ``k``, as a share of the largest one.

    It is far above 2**-53 where the body cancels, as ``exp(-(x**2 - 2*m*x + m**2)/(2*s**2))`` does
    for ``m`` far beyond ``s``.
    """
    return max(_error(body, piece, j) for j in (k - 1, k + 1)) / largest if largest > 0 else 0.0


def _error(body: Expr, piece: Piece, k: int) -> float:
    at = nodes(piece.rule, 0)
    i = k + at.offset
    if not 0 < i < len(at.distance) - 1:
        return 0.0
    here = at.distance[i]
    # Beside an end the distance itself is the length on which the body changes.
    gaps = [abs(here - at.distance[i - 1]), abs(here - at.distance[i + 1]), abs(here) or math.inf]
    values = piece.near(body, k, _CLOSENESS * min(gaps), _COUNT)
    for _ in range(3):
        values = [right - left for left, right in pairwise(values)]
    rms = math.sqrt(sum(v * v for v in values) / len(values)) / _GAIN
    return _LUCK * rms * at.weight[i] if math.isfinite(rms) else 0.0
