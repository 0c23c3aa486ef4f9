"""Tensor Gauss rules for smooth functions of two or three noise variables: a thousand nodes in place of many.

Believed only where three rules of different order agree to the accuracy asked for; a kink or a jump moves
each of them differently, and the adaptive quadrature then has to find it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.polynomial.laguerre import laggauss
from numpy.polynomial.legendre import leggauss

from checks.evidence.arrays import Array, Flags
from checks.evidence.quadrature import Axis, Evaluate, Moments, tolerances

if TYPE_CHECKING:
    from checks.evidence.laws import Base

# Orders per number of continuous variables; consecutive orders share no nodes but a centre.
ORDERS = {2: (20, 27, 34), 3: (12, 17, 20)}
# Beside so many values of finite draws, rules for polynomials are tried first: a thousandth of the work.
MANY = 16
LOW = (4, 5, 6)
# The differences of the rules are differences of their errors, of which the largest is the crudest rule's.
MARGIN = 3.0


@lru_cache(maxsize=32)
def _rule(base: Base, order: int) -> tuple[Array, Array]:
    """Nodes and probabilities of one law."""
    if base == "normal":
        nodes, weights = hermegauss(order)
        return nodes, weights / weights.sum()
    if base == "exponential":
        return laggauss(order)
    nodes, weights = leggauss(order)
    return (nodes + 1.0) / 2.0, weights / 2.0


def smooth_moments(
    evaluate: Evaluate, axes: Sequence[Axis], finite: Flags | None, orders: Sequence[int] | None = None
) -> Moments | None:
    """Mean and variance as ``quadrature.moments``, or None where the rules do not agree.

    ``orders`` are those of the rules, by default ``ORDERS``.
    """
    continuous = sum(not axis.atoms for axis in axes)
    if orders is None and continuous == 3 and prod(axis.atoms or 1 for axis in axes) >= MANY:
        low = smooth_moments(evaluate, axes, finite, LOW)
        if low is not None:
            return low
    orders = orders or ORDERS.get(continuous)
    if orders is None:
        return None
    found = [tensor_moments(evaluate, axes, partial(_rule, order=order)) for order in orders]
    mean, variance, nodes = found[-1][0], found[-1][1], sum(f[2] for f in found)
    with np.errstate(invalid="ignore"):
        off = [np.max([np.abs(f[i] - found[-1][i]) for f in found], axis=0) for i in (0, 1)]
    if finite is not None:
        variance, off[1] = np.where(finite, variance, 0.0), np.where(finite, off[1], 0.0)
    allowed = tolerances(np.concatenate([mean, variance, [1.0, 0.0]]))
    if not (MARGIN * np.concatenate(off) <= allowed[:-2]).all():
        return None
    return Moments(mean, MARGIN * off[0], variance, MARGIN * off[1], nodes, 0.0)


def tensor_moments(
    evaluate: Evaluate, axes: Sequence[Axis], rule: Callable[[Base], tuple[Array, Array]]
) -> tuple[Array, Array, int, float]:
    """Mean, variance, nodes and mass by the product of one rule for each axis; finite axes are enumerated."""
    rules = [
        (np.arange(axis.atoms, dtype=float), np.ones(axis.atoms)) if axis.atoms else rule(axis.base)
        for axis in axes
    ]
    grids = np.meshgrid(*(nodes for nodes, _ in rules), indexing="ij")
    base = np.stack(grids, axis=-1).reshape(-1, len(axes))
    x, weight = evaluate(base)
    for grid in np.meshgrid(*(weights for _, weights in rules), indexing="ij"):
        weight = weight * grid.ravel()
    # Non-finite outputs make the sums nan, which agrees with nothing.
    with np.errstate(invalid="ignore", over="ignore"):
        mean = weight @ x
        return mean, weight @ (x - mean) ** 2, len(base), float(weight.sum())
