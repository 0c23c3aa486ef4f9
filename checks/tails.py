"""Quantile transformations that keep full precision in both tails.

With exponential ``e``, ``u = exp(-e)`` is uniform and so is ``v = 1 - u``; both are known to full relative
precision, however close to 0, which no single floating-point number near 1 could say.
"""

from __future__ import annotations

import math

import numpy as np
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


def gamma(shape: float, e: Tensor) -> Tensor:
    """A gamma variable with ``shape`` and rate 1, by its quantile function in the nearer tail."""
    from scipy import special

    u, v = torch.exp(-e), -torch.expm1(-e)
    low, high = special.gammaincinv(shape, v.numpy()), special.gammainccinv(shape, u.numpy())
    return torch.where(u < v, torch.from_numpy(high), torch.from_numpy(low))


def beta(alpha: float, beta: float, z: Tensor) -> tuple[Tensor, Tensor]:
    """A beta variable of standard normal ``z``, and its complement to 1, each to its own full precision.

    Of normal noise, not of exponential: there the beta quantile is smooth, so that few nodes integrate it.
    """
    from scipy import special

    u, v = special.ndtr(-z.numpy()), special.ndtr(z.numpy())
    # The nearer tail is the one that a double holds.
    near = u < v
    a = np.where(near, special.betainccinv(alpha, beta, u), special.betaincinv(alpha, beta, v))
    rest = np.where(near, special.betaincinv(beta, alpha, u), special.betainccinv(beta, alpha, v))
    return torch.from_numpy(a), torch.from_numpy(rest)
