"""Mean and variance of a vector function of a few noise variables, by adaptive quadrature.

One variable after another, the innermost first. Each is integrated over the panels of its chart
(``checks.evidence.charts``), and a panel on which the rule's coefficients do not decay is cut, until a jump
or a kink is bracketed so tightly that it does not matter; a finite law is enumerated with its own
probabilities. All panels of a round, for all values of the outer variables, are evaluated in one call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from checks.evidence.arrays import Array, Flags, Indices
from checks.evidence.charts import COARSE, FINE, Chart
from checks.evidence.chebyshev import panel_error, rule

if TYPE_CHECKING:
    from checks.evidence.laws import Base

# values [N, p] and probabilities of the finite draws [N], at base values [N, axes].
Evaluate = Callable[[Array], tuple[Array, Array]]

# What is asked for: the smallest bias noticed is then 1e-9 of the gradient (or of a tenth of its spread).
MEAN_TOLERANCE = 5e-10
VARIANCE_TOLERANCE = 1e-8
# Children per cut: a jump is bracketed to 1e-12 of a panel in 13 rounds of 8, each a single call.
_CHILDREN = 8
_POINTS_PER_CALL = 1 << 16
# Numbers of the channels that are worked on at once: with thousands of coordinates they leave the caches, and
# the pages of arrays that are used once cost more than what is computed in them.
_WORKED_ON = 1 << 19


@dataclass(frozen=True, slots=True)
class Axis:
    """One scalar noise variable: its base law, and how many values it takes where the law is finite."""

    base: Base
    atoms: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """When to give up: nodes in all, so that any machine finds the same.

    ``seconds`` of the processor end what is much slower per node than what we know of.
    """

    nodes: int = 300_000
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Moments:
    """``mean`` and ``variance`` ``[p]`` with error estimates, and the number of ``nodes``.

    ``excluded`` is the probability of outputs that are not finite.
    """

    mean: Array
    mean_error: Array
    variance: Array
    variance_error: Array
    nodes: int
    excluded: float


@dataclass(frozen=True, slots=True)
class _Panels:
    """``outer [B]`` says for which values of the outer variables; ``low, high, sign [B]`` as in a chart."""

    outer: Indices
    low: Array
    high: Array
    sign: Array

    def __len__(self) -> int:
        return len(self.outer)

    def columns(self) -> tuple[Array, Array, Array]:
        return self.low, self.high, self.sign

    def take(self, chosen: Flags | slice) -> _Panels:
        return _Panels(self.outer[chosen], *(column[chosen] for column in self.columns()))

    def joined(self, other: _Panels) -> _Panels:
        outer = np.concatenate([self.outer, other.outer])
        return _Panels(outer, *(np.concatenate(pair) for pair in zip(self.columns(), other.columns())))

    def cut(self) -> _Panels:
        """Each panel in equal parts."""
        part = np.tile(np.arange(_CHILDREN), len(self))
        outer = np.repeat(self.outer, _CHILDREN)
        low, high, sign = (np.repeat(column, _CHILDREN) for column in self.columns())
        width = (high - low) / _CHILDREN
        last = part == _CHILDREN - 1
        return _Panels(outer, low + width * part, np.where(last, high, low + width * (part + 1)), sign)


class _Integrator:
    """Integrals of the channels: values, squares about a pilot mean, 1, and 1 where not finite."""

    def __init__(
        self, evaluate: Evaluate, axes: Sequence[Axis], limits: Limits, finite: Flags | None
    ) -> None:
        self.evaluate = evaluate
        self.axes = tuple(axes)
        self.limits = limits
        self.finite = finite
        self.nodes = 0
        self.pilot: Array | None = None
        self.total: Array | None = None
        self.deadline = time.process_time() + limits.seconds
        charts = FINE if sum(not a.atoms for a in axes) <= 1 else COARSE
        self.charts: list[Chart | None] = [None if a.atoms else charts[a.base] for a in axes]

    def over(self, fixed: Array, omega: Array) -> tuple[Array, Array]:
        """Integrals and errors ``[O, C]`` over the axes that ``fixed [O, k]`` leaves open.

        ``omega [O]`` is what each row counts in the whole: it decides where accuracy is spent.
        """
        k = fixed.shape[1]
        if k == len(self.axes):
            return self._leaf(fixed, omega)
        if self.axes[k].atoms:
            return self._atoms(fixed, omega, self.axes[k].atoms)
        return self._continuum(fixed, omega)

    def _leaf(self, base: Array, omega: Array) -> tuple[Array, Array]:
        channels = self._channels(*self._seen(base, omega))
        return channels, np.zeros_like(channels)

    def _seen(self, base: Array, omega: Array) -> tuple[Array, Array]:
        """Values and probabilities at base values; those that were seen first give the pilot."""
        self.nodes += len(base)
        parts = [self.evaluate(base[i : i + _POINTS_PER_CALL]) for i in range(0, len(base), _POINTS_PER_CALL)]
        x, weight = parts[0] if len(parts) == 1 else (np.concatenate(columns) for columns in zip(*parts))
        if self.pilot is None:
            known = np.where(np.isfinite(x).all(-1, keepdims=True), x, 0.0)
            self.pilot = np.einsum("n,np->p", omega * weight, known)
        return x, weight

    def _channels(self, x: Array, weight: Array) -> Array:
        assert self.pilot is not None
        bad = ~np.isfinite(x).all(-1, keepdims=True)
        x = np.where(bad, 0.0, x)
        with np.errstate(over="ignore"):
            squares = np.where(bad, 0.0, (x - self.pilot) ** 2)
        if self.finite is not None:
            squares = np.where(self.finite, squares, 0.0)
        channels: Array = np.concatenate([x, squares, np.ones((len(x), 1)), bad], axis=1)
        channels *= weight[:, None]
        return channels

    def _atoms(self, fixed: Array, omega: Array, atoms: int) -> tuple[Array, Array]:
        rows = np.repeat(fixed, atoms, axis=0)
        values = np.tile(np.arange(atoms, dtype=float), len(fixed))
        found = self.over(np.column_stack([rows, values]), np.repeat(omega, atoms))
        integrals, errors = (part.reshape(len(fixed), atoms, -1).sum(1) for part in found)
        return integrals, errors

    def _continuum(self, fixed: Array, omega: Array) -> tuple[Array, Array]:
        chart = self.charts[fixed.shape[1]]
        assert chart is not None
        low, high, sign = (np.tile(column, len(fixed)) for column in np.array(chart.panels).T)
        panels = _Panels(np.repeat(np.arange(len(fixed)), len(chart.panels)), low, high, sign)
        found = list(self._on(panels, chart, fixed, omega))
        if self.total is None:
            self.total = np.einsum("b,bc->c", omega[panels.outer], found[0])
        while True:
            chosen = _to_cut(panels, found[1] * omega[panels.outer][:, None], self.total)
            if not chosen.any() or self._is_spent(int(chosen.sum()) * _CHILDREN * len(rule()[0])):
                break
            fresh = panels.take(chosen).cut()
            new = self._on(fresh, chart, fixed, omega)
            panels = panels.take(~chosen).joined(fresh)
            found = [np.concatenate([old[~chosen], add]) for old, add in zip(found, new)]
        integrals, errors, beyond = found
        rows = len(fixed)
        return _per_row(panels.outer, integrals, rows), _per_row(panels.outer, errors + beyond, rows)

    def _is_spent(self, more: int) -> bool:
        return self.nodes + more > self.limits.nodes or time.process_time() > self.deadline

    def _on(self, panels: _Panels, chart: Chart, fixed: Array, omega: Array) -> tuple[Array, Array, Array]:
        """Per panel ``[B, C]``: the integral, the error that cutting reduces, and what lies beyond."""
        points, weights, _ = rule()
        half = ((panels.high - panels.low) / 2)[:, None]
        t = (panels.low + panels.high)[:, None] / 2 + half * points
        density = chart.weight(t)
        base = chart.value(t, panels.sign[:, None])
        rows = np.column_stack([np.repeat(fixed[panels.outer], len(points), axis=0), base.ravel()])
        inside = omega[panels.outer][:, None] * half * weights * density
        if fixed.shape[1] + 1 == len(self.axes):
            return self._in_groups(panels, chart, density, *self._seen(rows, inside.ravel()))
        values, inner = (v.reshape(*t.shape, -1) for v in self.over(rows, inside.ravel()))
        return _on_panels(panels, chart, density, values, inner)

    def _in_groups(
        self, panels: _Panels, chart: Chart, density: Array, x: Array, weight: Array
    ) -> tuple[Array, Array, Array]:
        """The same from the values ``x`` at the nodes of all panels, a few panels at a time."""
        nodes, channels = density.shape[1], 2 * x.shape[1] + 2
        width = max(1, _WORKED_ON // (nodes * channels))
        parts = []
        for first in range(0, len(panels), width):
            some, at = slice(first, first + width), slice(first * nodes, (first + width) * nodes)
            values = self._channels(x[at], weight[at]).reshape(-1, nodes, channels)
            parts.append(_on_panels(panels.take(some), chart, density[some], values))
        integrals, errors, beyond = (np.concatenate(found) for found in zip(*parts))
        return integrals, errors, beyond


def _on_panels(
    panels: _Panels, chart: Chart, density: Array, values: Array, inner: Array | None = None
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


def _beyond(panels: _Panels, chart: Chart, values: Array) -> Array:
    """What may lie beyond the ends of the chart: the integrand there, which falls faster than e**-t."""
    first, last = chart.ends
    left = np.where((panels.low == first)[:, None], np.abs(values[:, 0]), 0.0)
    return left + np.where((panels.high == last)[:, None], np.abs(values[:, -1]), 0.0)


def _per_row(outer: Indices, values: Array, rows: int) -> Array:
    summed = np.zeros((rows, values.shape[1]))
    np.add.at(summed, outer, values)
    return summed


def _to_cut(panels: _Panels, errors: Array, total: Array) -> Flags:
    """The panels with the largest errors, such that those of the others add up to half the tolerance."""
    # A channel that overflows (a variance that does not exist) is not waited for.
    with np.errstate(invalid="ignore", over="ignore"):
        share = np.where(np.isfinite(total), errors / tolerances(total), 0.0)
    if (share.sum(0) <= 1.0).all():
        return np.zeros(len(panels), dtype=bool)
    largest = share.max(1)
    order = np.argsort(largest)
    chosen = np.ones(len(panels), dtype=bool)
    chosen[order[np.cumsum(largest[order]) <= 0.5]] = False
    # Too thin to cut: its error still counts in the result.
    return chosen & ((panels.high - panels.low) > 1e-13 * np.maximum(1.0, np.abs(panels.low)))


def tolerances(total: Array) -> Array:
    """What error each channel of a ``total`` may have."""
    p = (len(total) - 2) // 2
    mean, square = np.abs(total[:p]), np.maximum(total[p : 2 * p], 0.0)
    # The floors are rounding: a constant output has no spread, and its square about the pilot is not quite 0.
    for_mean = MEAN_TOLERANCE * np.maximum(mean, 0.1 * np.sqrt(square)) + 1e-300
    for_square = VARIANCE_TOLERANCE * square + (1e-9 * mean) ** 2 + 1e-300
    return np.concatenate([for_mean, for_square, [1e-9, 1e-20]])


def moments(
    evaluate: Evaluate, axes: Sequence[Axis], limits: Limits | None = None, finite: Flags | None = None
) -> Moments:
    """Mean and variance of ``evaluate`` under the axes' laws; says with its errors how far it came.

    A jump or kink whose whole contribution is below the tolerance, ``MEAN_TOLERANCE`` of the mean or of
    a tenth of the deviation, may be missed by the errors as well.
    ``finite [p]`` says which variances are known to exist: the others are not looked for, and come out 0.
    """
    worker = _Integrator(evaluate, axes, limits or Limits(), finite)
    integrals, errors = worker.over(np.zeros((1, 0)), np.ones(1))
    assert worker.pilot is not None
    p = len(worker.pilot)
    total, error = integrals[0], errors[0]
    mean, square = total[:p], total[p : 2 * p]
    lost = abs(total[2 * p] - 1.0)  # the mass is 1: what the rule makes of it otherwise is an error of all
    shift = np.abs(mean - worker.pilot)
    mean_error = error[:p] + (lost + 1e-15) * np.abs(mean)
    with np.errstate(invalid="ignore", over="ignore"):  # an infinite variance is reported, not warned of
        variance = np.maximum(square - shift**2, 0.0)
        variance_error = error[p : 2 * p] + (lost + 1e-15) * np.abs(square) + 2.0 * shift * mean_error
    excluded = float(total[-1] + error[-1])
    return Moments(mean, mean_error, variance, variance_error, worker.nodes, excluded)
