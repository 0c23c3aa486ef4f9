"""Integrals of Torch functions against a density of one variable, by adaptive quadrature over its support.

For laws that nobody here can sample: each half of the support is put on the half-line of an exponential
variable e, whose nodes crowd at both ends. Near an end that is finite the sample is ``end +- w exp(-e)/2``;
towards infinity it is ``+- exp(e)``, so that no tail is cut off that a double can hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from checks.evidence.arrays import Array
from checks.evidence.quadrature import Axis, Limits, Moments, moments

# log p(a) [N], and values to be averaged [N, c], at samples [N].
LogDensity = Callable[[Tensor], Tensor]
Values = Callable[[Tensor], Tensor]


def integrate(
    log_density: LogDensity,
    values: Values,
    low: float,
    high: float,
    *,
    centre: float = 0.0,
    scale: float = 1.0,
    limits: Limits | None = None,
) -> Moments:
    """``int values(a) exp(log_density(a)) da`` over ``low < a < high``, as means with error estimates.

    The density need not be normalised: its own integral is that of the value 1. Where values are not finite
    the density must be zero. ``centre`` and ``scale`` say roughly where the mass is, on an infinite support:
    a narrow peak far from them may be missed, which the integral of 1 then shows.
    """

    def evaluate(base: Array) -> tuple[Array, Array]:
        e, side = torch.from_numpy(base[:, 0].copy()), torch.from_numpy(base[:, 1] > 0.5)
        a, log_slope = _placed(e, side, low, high, centre, scale)
        # e is drawn with density exp(-e): what is integrated is divided by it.
        weight = 2.0 * torch.exp(log_density(a) + log_slope + e)
        found = values(a)
        product = torch.where((weight > 0)[:, None], weight[:, None] * found, torch.zeros(()).to(found))
        return product.detach().to(torch.float64).numpy(), np.full(len(base), 0.5)

    return moments(evaluate, (Axis("exponential"), Axis("finite", 2)), limits, None)


def _placed(
    e: Tensor, right: Tensor, low: float, high: float, centre: float, scale: float
) -> tuple[Tensor, Tensor]:
    """Samples, and the logarithm of ``|da/de|``; ``right`` says on which half of the support."""
    if math.isfinite(low) and math.isfinite(high):
        step = (high - low) * torch.exp(-e) / 2.0
        return torch.where(right, high - step, low + step), torch.log(step)
    if math.isfinite(low) or math.isfinite(high):
        # The half-line of a - low (or high - a) is exp(t), with t over the line.
        size = scale * torch.exp(torch.where(right, e, -e))
        return (low + size if math.isfinite(low) else high - size), torch.log(size)
    size = scale * torch.expm1(e)
    return centre + torch.where(right, size, -size), e + math.log(scale)
