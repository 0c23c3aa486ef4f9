"""Mean and variance of a vector function of a few noise variables, by adaptive quadrature.

One variable after another, the innermost first. Each is integrated over the panels of its chart
(``checks.evidence.charts``), and a panel on which the rule's coefficients do not decay is cut, until a jump
or a kink is bracketed so tightly that it does not matter; a finite law is enumerated with its own
probabilities. All panels of a round, for all values of the outer variables, are evaluated in one call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from checks.evidence.arrays import Array, Flags
from checks.evidence.breaks import broken
from checks.evidence.charts import COARSE, FINE, Chart
from checks.evidence.chebyshev import rule
from checks.evidence.panels import CHILDREN, Panels, on_panels

if TYPE_CHECKING:
    from checks.evidence.laws import Base

# values [N, p] and probabilities of the finite draws [N], at base values [N, axes].
Evaluate = Callable[[Array], tuple[Array, Array]]

# What is asked for: the smallest bias noticed is then 1e-9 of the gradient (or of a tenth of its spread).
MEAN_TOLERANCE = 5e-10
VARIANCE_TOLERANCE = 1e-8
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


class _Integrator:
    """Integrals of the channels: values, squares about a pilot mean, 1, and 1 where not finite."""

    def __init__(
        self,
        evaluate: Evaluate,
        axes: Sequence[Axis],
        charts: Sequence[Chart | None],
        limits: Limits,
        finite: Flags | None,
        waiting: float = 0.0,
    ) -> None:
        self.evaluate = evaluate
        self.axes = tuple(axes)
        self.limits = limits
        self.finite = finite
        self.nodes = 0
        self.pilot: Array | None = None
        self.total: Array | None = None
        self.panels: Panels
        self.deadline = time.process_time() + limits.seconds
        self.charts = tuple(charts)
        self.waiting = waiting

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
        panels = Panels(np.repeat(np.arange(len(fixed)), len(chart.panels)), low, high, sign)
        found = list(self._on(panels, chart, fixed, omega))
        if self.total is None:
            self.total = np.einsum("b,bc->c", omega[panels.outer], found[0])
        while True:
            chosen = panels.to_cut(_shares(found[1] * omega[panels.outer][:, None], self.total), self.waiting)
            if not chosen.any() or self._is_spent(int(chosen.sum()) * CHILDREN * len(rule()[0])):
                break
            fresh = panels.take(chosen).cut()
            new = self._on(fresh, chart, fixed, omega)
            panels = panels.take(~chosen).joined(fresh)
            found = [np.concatenate([old[~chosen], add]) for old, add in zip(found, new)]
        integrals, errors, beyond = found
        rows, self.panels = len(fixed), panels
        return panels.per_outer(integrals, rows), panels.per_outer(errors + beyond, rows)

    def _is_spent(self, more: int) -> bool:
        return self.nodes + more > self.limits.nodes or time.process_time() > self.deadline

    def _on(self, panels: Panels, chart: Chart, fixed: Array, omega: Array) -> tuple[Array, Array, Array]:
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
        return on_panels(panels, chart, density, values, inner)

    def _in_groups(
        self, panels: Panels, chart: Chart, density: Array, x: Array, weight: Array
    ) -> tuple[Array, Array, Array]:
        """The same from the values ``x`` at the nodes of all panels, a few panels at a time."""
        nodes, channels = density.shape[1], 2 * x.shape[1] + 2
        width = max(1, _WORKED_ON // (nodes * channels))
        parts = []
        for first in range(0, len(panels), width):
            some, at = slice(first, first + width), slice(first * nodes, (first + width) * nodes)
            values = self._channels(x[at], weight[at]).reshape(-1, nodes, channels)
            parts.append(on_panels(panels.take(some), chart, density[some], values))
        integrals, errors, beyond = (np.concatenate(found) for found in zip(*parts))
        return integrals, errors, beyond


def _shares(errors: Array, total: Array) -> Array:
    """Of the error that each channel may have; one that overflows is not waited for (it has no variance)."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(np.isfinite(total), errors / tolerances(total), 0.0)


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
    limits = limits or Limits()
    charts, searched = _charts(evaluate, axes, limits, finite)
    worker = _Integrator(evaluate, axes, charts, limits, finite)
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
    return Moments(mean, mean_error, variance, variance_error, searched + worker.nodes, excluded)


# Values of the other variables at which the breaks along one are looked for: coins that others hide behind
# have come up at some, and not at others. A break that moves is elsewhere at values near by.
_ELSEWHERE: dict[Base, tuple[float, ...]] = {
    "normal": (-1.7391, 0.2127, 1.6183),
    "exponential": (0.0513, 0.7193, 2.9371),
    "uniform": (0.0413, 0.4719, 0.9321),
}
_PLACES, _NEAR = 3, 1.05
# After so many nodes along one line no more breaks are looked for, nor after those of the whole integral.
_SEARCH = 60_000
# Of the largest error along that line, what other panels have that wait: most of that is rounding.
_WAITING = 1.0 / 512.0


def _charts(
    evaluate: Evaluate, axes: Sequence[Axis], limits: Limits, finite: Flags | None
) -> tuple[list[Chart | None], int]:
    """The fine chart of one continuous variable, or coarse ones with edges at breaks; and nodes."""
    if sum(not axis.atoms for axis in axes) <= 1:
        return [None if axis.atoms else FINE[axis.base] for axis in axes], 0
    charts: list[Chart | None] = []
    nodes = 0
    for k, axis in enumerate(axes):
        if axis.atoms:
            charts.append(None)
            continue
        line = _Line(evaluate, axes, k, limits, finite)
        charts.append(broken(COARSE[axis.base], _PLACES, line.panels))
        nodes += line.nodes
    return charts, nodes


class _Line:
    """Integrals along axis ``k`` alone, with the other variables at one of the places, or near it."""

    def __init__(
        self, evaluate: Evaluate, axes: Sequence[Axis], k: int, limits: Limits, finite: Flags | None
    ) -> None:
        self.evaluate = evaluate
        self.axes = axes
        self.k = k
        self.limits = replace(limits, nodes=min(limits.nodes, _SEARCH))
        self.finite = finite
        self.nodes = 0

    def panels(self, chart: Chart, place: int, near: bool) -> Panels:
        """Those that such an integral needs."""
        times = _NEAR if near else 1.0
        others = [
            place % axis.atoms if axis.atoms else times * _ELSEWHERE[axis.base][place] for axis in self.axes
        ]

        def along(base: Array) -> tuple[Array, Array]:
            rows = np.tile(others, (len(base), 1))
            rows[:, self.k] = base[:, 0]
            return self.evaluate(rows)

        worker = _Integrator(along, (self.axes[self.k],), (chart,), self.limits, self.finite, _WAITING)
        worker.over(np.zeros((1, 0)), np.ones(1))
        self.nodes += worker.nodes
        return worker.panels
