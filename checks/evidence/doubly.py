"""Tensor trapezoidal rules in doubly exponential charts: smooth functions of draws, singular where those end.

Gumbel noise is the logarithm of an exponential or uniform draw, singular where the draw ends, so that Gauss
rules converge slowly. In the variable ``t`` of such a chart the integrand is smooth on the whole line and
dies off, and the trapezoidal rule converges geometrically (Takahasi and Mori 1974; Trefethen and Weideman
2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from checks.evidence.arrays import Array, Flags
from checks.evidence.gauss import tensor_moments
from checks.evidence.quadrature import Axis, Evaluate, Moments, tolerances

if TYPE_CHECKING:
    from checks.evidence.laws import Base

# Points on each axis: with the last of them relaxed choices at temperature 1/2 settle to 1e-12 in two
# dimensions and to 1e-8 in three, at 1/5 to 1e-9 and 1e-6. The rules' nodes are different ones.
ORDERS = {2: (96, 150, 230), 3: (32, 40, 50)}
# Rules that differ by more than this part of the spread (or of the mean) have not begun to converge, as those
# of a jump do not; of those that do, each step makes the error smaller.
COARSEST, FASTER = {2: 1e-3, 3: 1e-4}, 0.5
ACCIDENT = 0.02
# What lies beyond the ends is the same for all rules.
SAME = 1e-9
# Where -log of an exponential draw begins to grow exponentially, and the ends: less than 1e-10 lies beyond.
_SHIFT, _LOWEST, _HIGHEST = 2.0, -4.95, 3.7
# The uniform draw then is within 4e-14 of its ends; a normal one nine deviations away.
_UNIFORM_END, _NORMAL_END = 3.0, 9.0


# Mean, variance, nodes and mass.
Rule: TypeAlias = tuple[Array, Array, int, float]


@lru_cache(maxsize=32)
def _rule(base: Base, order: int) -> tuple[Array, Array]:
    """Nodes and probabilities of one law."""
    if base == "exponential":
        t = np.linspace(_LOWEST, _HIGHEST, order)
        bend = np.exp(-(t + _SHIFT))
        x = np.exp(t - bend)
        weight = np.exp(-x) * x * (1.0 + bend)
    elif base == "uniform":
        t = np.linspace(-_UNIFORM_END, _UNIFORM_END, order)
        s = np.pi * np.sinh(t)
        x = 1.0 / (1.0 + np.exp(-s))
        weight = np.pi * np.cosh(t) * np.exp(-np.abs(s)) / (1.0 + np.exp(-np.abs(s))) ** 2
    else:
        t = np.linspace(-_NORMAL_END, _NORMAL_END, order)
        x, weight = t, np.exp(-0.5 * t * t) / np.sqrt(2.0 * np.pi)
    return x, weight * (t[1] - t[0])


def doubly_moments(evaluate: Evaluate, axes: Sequence[Axis], finite: Flags | None) -> Moments | None:
    """Mean and variance as ``quadrature.moments``, with honest errors; None where the rules do not converge.

    For two or three continuous draws, beside finite ones; ``finite [p]`` says which variances exist.
    """
    continuous = sum(not axis.atoms for axis in axes)
    orders = ORDERS.get(continuous)
    if orders is None:
        return None
    by_order = (tensor_moments(evaluate, axes, partial(_rule, order=order)) for order in orders)
    first, second = next(by_order), next(by_order)
    if not _near(first, second, 2.0 * COARSEST[continuous], finite):
        return None  # the last rule, which costs the most, would not make good for it
    last = next(by_order)
    mean, variance, _, mass = last
    with np.errstate(invalid="ignore"):
        # The last two rules say what the better of them errs by at most; what lies beyond the ends is on top.
        # Two rules may agree by accident, which the first then shows.
        early, late = ([np.abs(rule[i] - last[i]) for i in (0, 1)] for rule in (first, second))
        off = [np.maximum(late[i], ACCIDENT * early[i]) + abs(1.0 - mass) * np.abs(last[i]) for i in (0, 1)]
        if finite is not None:
            variance, off[1] = np.where(finite, variance, 0.0), np.where(finite, off[1], 0.0)
        size = np.maximum(np.abs(mean), np.sqrt(np.maximum(variance, 0.0)))
        near = early[0] <= COARSEST[continuous] * size + 1e-300
        converges = (near & (late[0] <= FASTER * early[0] + SAME * size + 1e-300)).all()
    if not converges or not np.isfinite(np.concatenate(off)).all():
        return None
    rounding = 1e-15 * size
    nodes = first[2] + second[2] + last[2]
    return Moments(mean, off[0] + rounding, variance, off[1] + rounding * size, nodes, 0.0)


def _near(one: Rule, two: Rule, part: float, finite: Flags | None) -> bool:
    """Whether the moments of two rules differ by no more than this part of their size."""
    with np.errstate(invalid="ignore"):
        size = np.maximum(np.abs(two[0]), np.sqrt(np.maximum(two[1], 0.0)))
        mean, variance = (np.abs(one[i] - two[i]) <= part * size + 1e-300 for i in (0, 1))
    return bool(mean.all() and (variance if finite is None else variance | ~finite).all())


def is_settled(found: Moments) -> bool:
    """Whether its errors are those that the adaptive quadrature strives for."""
    allowed = tolerances(np.concatenate([found.mean, found.variance, [1.0, 0.0]]))[:-2]
    return bool((np.concatenate([found.mean_error, found.variance_error]) <= allowed).all())
