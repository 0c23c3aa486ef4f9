"""The rule of one panel: Chebyshev points with both ends, and what their coefficients say of its error."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from checks.evidence.arrays import Array

DEGREE = 16
_GROUP = 4


@lru_cache(maxsize=1)
def rule() -> tuple[Array, Array, Array]:
    """Points on [-1, 1] in order, Clenshaw-Curtis weights, and the matrix from values to coefficients."""
    k = np.arange(DEGREE + 1)
    points = -np.cos(np.pi * k / DEGREE)
    to_values = np.cos(np.outer(np.pi - np.pi * k / DEGREE, k))
    coefficients = np.linalg.inv(to_values)
    integrals = np.zeros(DEGREE + 1)
    integrals[::2] = 2.0 / (1.0 - k[::2].astype(float) ** 2)
    return points, integrals @ coefficients, coefficients


def panel_error(values: Array) -> Array:
    """The error of the rule on a panel of half-width one, from values ``[..., DEGREE + 1, channels]``.

    The last four coefficients of the interpolant, times how fast they have been decaying (the last four
    over the four before). Across a jump they do not decay, and their sum, 0.11 times the jump, is the most
    by which the rule can be wrong about where it lies; a jump between the last two points shows as well,
    since the ends are points of the rule. For a smooth integrand the estimate is far too large, never small.
    """
    size = np.abs(np.einsum("km,...mc->...kc", rule()[2], values))
    last = size[..., -_GROUP:, :].sum(-2)
    before = size[..., -2 * _GROUP : -_GROUP, :].sum(-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        decay = np.where(before > 0, 2.0 * last / before, 1.0)
    return last * np.minimum(1.0, decay)
