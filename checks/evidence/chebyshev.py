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

    From the coefficients of the interpolant in three groups of four: what the next ones would be if they
    went on to decay as these did. A jump or a kink, whose coefficients hardly decay, is never worse than
    this, wherever it lies: it is 0.36 of the estimate for the worst jump, 0.60 for a kink, 0.82 for a cusp
    ``sqrt(abs(x))``. (The ends are points of the rule, so that nothing hides between them and their
    neighbours.) For a smooth integrand the estimate is too large by far.
    """
    size = np.abs(np.einsum("km,...mc->...kc", rule()[2], values))
    first, second, third = (size[..., k : k + _GROUP, :].sum(-2) for k in range(DEGREE - 11, DEGREE, _GROUP))
    with np.errstate(divide="ignore", invalid="ignore"):
        before = np.where(first > 0, second / first, 1.0)
        after = np.where(second > 0, third / second, 1.0)
    largest = np.maximum(third, second * np.minimum(1.0, before))
    return 2.0 * largest * np.minimum(1.0, 2.0 * np.maximum(before, after))
