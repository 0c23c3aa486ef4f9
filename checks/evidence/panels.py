"""Panels of a chart: how they are cut, and what the rule makes of the values on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from checks.evidence.arrays import Array, Flags, Indices
from checks.evidence.charts import Chart
from checks.evidence.chebyshev import panel_error, rule

# Children per cut: a jump is bracketed to 1e-12 of a panel in 13 rounds of 8, each a single call.
CHILDREN = 8


@dataclass(frozen=True, slots=True)
class Panels:
    """``outer [B]`` says for which values of the outer variables; ``low, high, sign [B]`` as in a chart."""

    outer: Indices
    low: Array
    high: Array
    sign: Array

    def __len__(self) -> int:
        return len(self.outer)

    def columns(self) -> tuple[Array, Array, Array]:
        return self.low, self.high, self.sign

    def take(self, chosen: Flags | slice) -> Panels:
        return Panels(self.outer[chosen], *(column[chosen] for column in self.columns()))

    def joined(self, other: Panels) -> Panels:
        outer = np.concatenate([self.outer, other.outer])
        return Panels(outer, *(np.concatenate(pair) for pair in zip(self.columns(), other.columns())))

    def cut(self) -> Panels:
        """Each panel in equal parts."""
        part = np.tile(np.arange(CHILDREN), len(self))
        outer = np.repeat(self.outer, CHILDREN)
        low, high, sign = (np.repeat(column, CHILDREN) for column in self.columns())
        width = (high - low) / CHILDREN
        last = part == CHILDREN - 1
        return Panels(outer, low + width * part, np.where(last, high, low + width * (part + 1)), sign)

    def to_cut(self, share: Array, waiting: float) -> Flags:
        """Those with the largest shares ``[B, C]`` of the error allowed: the others add up to half of it.

        What has less than the part ``waiting`` of the largest share is left for later.
        """
        if (share.sum(0) <= 1.0).all():
            return np.zeros(len(self), dtype=bool)
        largest = share.max(1)
        order = np.argsort(largest)
        chosen = largest >= waiting * largest.max()
        chosen[order[np.cumsum(largest[order]) <= 0.5]] = False
        # Too thin to cut: its error still counts in the result.
        return chosen & ((self.high - self.low) > 1e-13 * np.maximum(1.0, np.abs(self.low)))

    def per_outer(self, values: Array, rows: int) -> Array:
        """Sums ``[rows, C]`` of what the panels of each value of the outer variables have."""
        summed = np.zeros((rows, values.shape[1]))
        np.add.at(summed, self.outer, values)
        return summed


def on_panels(
    panels: Panels, chart: Chart, density: Array, values: Array, inner: Array | None = None
) -> tuple[Array, Array, Array]:
    """What the rule makes of ``values [B, points, C]`` that are off by ``inner``; as ``_Integrator._on``."""
    half, weights = ((panels.high - panels.low) / 2)[:, None], rule()[1]
    values = _times(density, values)
    errors = panel_error(values)
    if inner is not None:
        errors = errors + np.einsum("k,bkc->bc", weights, _times(density, inner))
    return half * np.einsum("k,bkc->bc", weights, values), half * errors, _beyond(panels, chart, values)


def _times(density: Array, values: Array) -> Array:
    """Their product, 0 where the density is, whatever overflowed there."""
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        return np.where(density[..., None] > 0, values * density[..., None], 0.0)


def _beyond(panels: Panels, chart: Chart, values: Array) -> Array:
    """What may lie beyond the ends of the chart: the integrand there, which falls faster than e**-t."""
    first, last = chart.ends
    left = np.where((panels.low == first)[:, None], np.abs(values[:, 0]), 0.0)
    return left + np.where((panels.high == last)[:, None], np.abs(values[:, -1]), 0.0)
