"""Where a function of one variable jumps or bends, read off the panels that its integral needed.

A coin's toss ``u < p``, ``abs(a - mu)`` and a rounding down break at the same value of their own draw,
whatever the other draws are. With edges of panels there, the rules for several variables are as good as for a
smooth function; without them, every value of the outer variables has to find the break anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from checks.evidence.arrays import Array, Flags
from checks.evidence.charts import Chart
from checks.evidence.panels import Panels

# Cut three times and more: a break. What is only steep, or singular at an end, is cut once or twice.
THIN = 1.0 / 500.0
# Cuts are by eight: panels whose widths differ by less are of one size.
ONE_SIZE = 2.0
# More of them are noise, or a staircase that is dearer than sampling.
MOST = 48
# The panels of an integral over a chart, with the other variables at a place of that number, or near it.
Along = Callable[[Chart, int, bool], Panels]


def broken(chart: Chart, places: int, along: Along) -> Chart:
    """The chart, of one sign, with edges about the breaks that do not move with the other variables.

    They are looked for at some ``places``, for they may be hidden at others. What moves is beside its
    bracket near by.
    """
    for place in range(places):
        seen = _brackets(_edges(chart), along(chart, place, False))
        if 0 < len(seen) <= MOST:
            trial = _cut_at(chart, seen)
            chart = _cut_at(chart, seen[_unmoved(seen, _edges(trial), along(trial, place, True))])
    return chart


def _edges(chart: Chart) -> Array:
    return np.unique([edge for panel in chart.panels for edge in panel[:2]])


def _cut_at(chart: Chart, brackets: Array) -> Chart:
    edges, sign = np.union1d(_edges(chart), brackets).tolist(), chart.panels[0][2]
    return replace(chart, panels=tuple((low, high, sign) for low, high in pairwise(edges)))


def _brackets(own: Array, panels: Panels) -> Array:
    """The ends ``[B, 2]`` of the smallest panels about each break; ``own`` are the edges of the chart."""
    order = np.argsort(panels.low)
    low, high = panels.low[order], panels.high[order]
    width = high - low
    first = np.flatnonzero(np.abs(np.diff(np.log(width), prepend=np.inf)) > np.log(ONE_SIZE))
    last = np.append(first[1:], len(width)) - 1
    size = width[first]
    around = np.pad(size, 1, constant_values=np.inf)
    least = (size < around[:-2]) & (size < around[2:])
    thin = size < THIN * np.diff(own)[np.searchsorted(own, low[first], "right") - 1]
    chosen = least & thin
    return np.column_stack([low[first[chosen]], high[last[chosen]]])


def _unmoved(brackets: Array, edges: Array, panels: Panels) -> Flags:
    """Which brackets ``[B, 2]`` have no other beside them in ``panels``; ``edges`` are those of the chart."""
    before = edges[np.maximum(np.searchsorted(edges, brackets[:, 0]) - 1, 0)]
    after = edges[np.minimum(np.searchsorted(edges, brackets[:, 1]) + 1, len(edges) - 1)]
    others = _brackets(edges, panels)
    beside = (before[:, None] <= others[:, 0]) & (others[:, 1] <= after[:, None])
    inside = (brackets[:, :1] <= others[:, 0]) & (others[:, 1] <= brackets[:, 1:])
    return np.logical_not((beside & ~inside).any(1))
