"""Quantile transformations that keep full precision in both tails.

With exponential ``e``, ``u = exp(-e)`` is uniform and so is ``v = 1 - u``; both are known to full relative
precision, however close to 0, which no single floating-point number near 1 could say.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def logistic(e: Tensor) -> Tensor:
    """A standard logistic variable, ``log(u / (1 - u))``."""
    return -e - torch.log(-torch.expm1(-e))


def gumbel(e: Tensor) -> Tensor:
    """A standard Gumbel variable (of maxima), ``-log e``."""
    return -torch.log(e)


def cauchy(e: Tensor) -> Tensor:
    """A standard Cauchy variable, ``-cot(pi u) = cot(pi v)``, from whichever of u and v is smaller."""
    u, v = torch.exp(-e), -torch.expm1(-e)
    near = torch.clamp(torch.minimum(u, v), min=1e-300)
    return torch.where(u < v, -1.0, 1.0) / torch.tan(torch.pi * near)


def student_t(nu: float, e: Tensor) -> Tensor:
    """A Student t variable with ``nu`` degrees of freedom, by its quantile function in the nearer tail."""
    from checks.student import tail_quantile

    u, v = torch.exp(-e), -torch.expm1(-e)
    log_near = torch.where(u < v, -e, torch.log(v)) + math.log(2.0)
    size = torch.from_numpy(tail_quantile(nu, torch.clamp(log_near, max=0.0).numpy()))
    return torch.where(u < v, -size, size)
