"""Quantile transformations that keep full precision in both tails.

With exponential ``e``, ``u = exp(-e)`` is uniform and so is ``v = 1 - u``; both are known to full relative
precision, however close to 0, which no single floating-point number near 1 could say.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from checks.evidence.arrays import Array

# Steps of Newton's method where SciPy has no quantile: three were enough for shapes from 0.05 to 200.
NEWTON = 6
# One number, or one for each element of the noise.
Shape = float | Array


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


def gamma(shape: Shape, z: Tensor) -> Tensor:
    """A gamma variable with ``shape`` and rate 1 of standard normal ``z``, by the nearer tail.

    Of normal noise, not of exponential: there the quantile is smooth, so that few nodes integrate it.
    """
    from scipy import special

    def quantile(own: Array, x: Array) -> Array:
        near = special.gammainccinv(own, special.ndtr(-x))
        found: Array = np.where(x > 0, near, special.gammaincinv(own, special.ndtr(x)))
        return np.maximum(found, np.finfo(float).tiny)

    return _each_once(quantile, z, shape)


def beta(alpha: Shape, beta: Shape, z: Tensor) -> tuple[Tensor, Tensor]:
    """A beta variable of standard normal ``z``, and its complement to 1, each to its own full precision."""
    from scipy import special

    def quantile(p: Array, q: Array, x: Array) -> Array:
        near = special.betainccinv(p, q, special.ndtr(-x))
        found: Array = np.where(x > 0, near, special.betaincinv(p, q, special.ndtr(x)))
        lost = np.isnan(found)  # where SciPy gives up, below about 1e-110
        if lost.any():
            p, q = (np.broadcast_to(shape, x.shape)[lost] for shape in (p, q))
            deep = _deep_beta(np.where(x[lost] > 0, q, p), np.where(x[lost] > 0, p, q), -np.abs(x[lost]))
            found[lost] = np.where(x[lost] > 0, 1.0 - deep, deep)
        return found

    return _each_once(quantile, z, alpha, beta), _each_once(quantile, -z, beta, alpha)


def _deep_beta(p: Array, q: Array, x: Array) -> Array:
    """Quantiles far in the lower tail, by Newton's method between the logarithms of both.

    It begins at the leading term ``(p B(p, q) u)**(1/p)`` of the quantile, mostly the quantile itself.
    """
    from scipy import special

    log_u, log_b = special.log_ndtr(x), special.betaln(p, q)
    log_y = np.minimum((np.log(p) + log_b + log_u) / p, -1e-3)
    for _ in range(NEWTON):
        y = np.exp(log_y)
        log_i = np.log(np.maximum(special.betainc(p, q, y), np.finfo(float).tiny))
        slope = np.exp(p * log_y + (q - 1.0) * np.log1p(-y) - log_b - log_i)
        log_y = np.minimum(log_y + np.clip((log_u - log_i) / slope, -1.0, 1.0), -1e-3)
    found: Array = np.exp(log_y)
    return found


def _each_once(quantile: Callable[..., Array], z: Tensor, *shapes: Shape) -> Tensor:
    """Quantiles are dear, and the nodes of a grid repeat: of one law each is computed once."""
    x, own = z.numpy(), [np.asarray(s, dtype=float) for s in shapes]
    if x.size == 0 or any((s != s.flat[0]).any() for s in own):
        return torch.from_numpy(quantile(*own, x))
    nodes, back = np.unique(x, return_inverse=True)
    found = quantile(*(s.flat[0] for s in own), nodes)
    return torch.from_numpy(found[back.ravel()].reshape(x.shape))
