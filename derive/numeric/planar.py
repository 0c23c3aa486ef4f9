"""Float integrals over the plane, by a product of line rules after an affine map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol, sympify

from .arrays import evaluate
from .estimate import NO_NUMBER, Estimate

# A SymPy Rational, too: SymPy's names are Any to a type checker.
Number = Any

# Trapezoid steps in either variable, in deviations. The error for a normal density is
# exp(-2*pi**2/step**2): 2e-24 at the first; the finer ones are for what g does beside it.
_STEPS = (0.6, 0.3, 0.15)
# How many first steps each way are looked at, 9.6 deviations and then 19 and 38.
_REACHES = (16, 32, 64)
_NEGLIGIBLE = 1e-18
_ROUNDING = 256 * 2.0**-53
_AGREE = 1e-10


def integrate2(
    body: Expr,
    variables: tuple[Symbol, Symbol],
    point: Mapping[Symbol, Number],
    centre: Sequence[Expr | Number] = (0, 0),
    scale: Sequence[Sequence[Expr | Number]] = ((1, 0), (0, 1)),
) -> Estimate:
    """The integral of ``body`` over the plane, with ``(x, y) = centre + scale*(u, v)``.

    ``scale`` is a lower triangular 2x2 matrix: with the Cholesky factor of its covariance a normal
    density becomes round. Meant for integrands that are smooth and die off like one, within 38
    deviations; kinks and heavier tails are not resolved but reported as error. Source: Trefethen and
    Weideman, The exponentially convergent trapezoidal rule, SIAM Review 56 (2014).
    """
    values = {s: float(v) for s, v in point.items()}
    shift = tuple(_float(c, values) for c in centre)
    rows = [[_float(c, values) for c in row] for row in scale]
    plane = _Plane(body, variables, values, shift, (rows[0][0], rows[1][0], rows[1][1]))
    box = plane.look()
    if box is None:
        return NO_NUMBER
    return _refined(plane, box)


def _float(value: Expr | Number, values: Mapping[Symbol, float]) -> float:
    found = evaluate(sympify(value), values)
    assert isinstance(found, float | int)
    return float(found)


Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Plane:
    """The integrand in the variables in which it is round."""

    body: Expr
    variables: tuple[Symbol, Symbol]
    values: Mapping[Symbol, float]
    centre: tuple[float, ...]
    cholesky: tuple[float, float, float]

    @property
    def jacobian(self) -> float:
        return abs(self.cholesky[0] * self.cholesky[2])

    def contributions(self, across: list[float], up: list[float]) -> list[list[float]]:
        """``body`` on the grid, one row for each node of the first variable."""
        a, b, c = self.cholesky
        first, second = self.centre
        x = [first + a * u for u in across for _ in up]
        y = [second + b * u + c * v for u in across for v in up]
        found = evaluate(self.body, {**self.values, self.variables[0]: x, self.variables[1]: y})
        flat = found if isinstance(found, list) else [found] * len(x)
        n = len(up)
        return [flat[i * n : (i + 1) * n] for i in range(len(across))]

    def look(self) -> Box | None:
        """The rectangle of first steps that contributes; ``None`` where the integrand is not a number."""
        box: Box | None = None
        for reach in _REACHES:
            nodes = _nodes(-reach, reach, _STEPS[0])
            seen = [[abs(v) for v in row] for row in self.contributions(nodes, nodes)]
            across, up = [max(row) for row in seen], [max(column) for column in zip(*seen, strict=True)]
            if not all(map(math.isfinite, across + up)):
                return box
            floor = _NEGLIGIBLE * max(across)
            box = (*_span(across, floor, reach), *_span(up, floor, reach))
            if max(map(abs, box)) < reach:
                break
        return box


def _span(sizes: list[float], floor: float, reach: int) -> tuple[int, int]:
    """The indices that matter, with one of margin on each side."""
    inside = [i for i, s in enumerate(sizes) if s > floor] or [reach]
    return max(inside[0] - 1, 0) - reach, min(inside[-1] + 1, len(sizes) - 1) - reach


def _nodes(low: int, high: int, step: float) -> list[float]:
    """From ``low`` to ``high`` first steps, in steps of ``step``."""
    per = round(_STEPS[0] / step)
    return [k * step for k in range(low * per, high * per + 1)]


def _refined(plane: _Plane, box: Box) -> Estimate:
    total, change, before, size, edge = math.nan, math.inf, math.inf, 0.0, 0.0
    for i, step in enumerate(_STEPS):
        seen = plane.contributions(_nodes(box[0], box[1], step), _nodes(box[2], box[3], step))
        new = sum(map(sum, seen)) * step**2
        size = sum(sum(map(abs, row)) for row in seen) * step**2
        if not math.isfinite(new):
            return NO_NUMBER
        before, change, total = change, abs(new - total) if i else math.inf, new
        edge = _edge(seen) * step
        if change <= _AGREE * size:
            break
    # As in one dimension, two levels that agree by accident are held to the change before.
    accident = 0.01 * before / size * before if size and before < math.inf else 0.0
    error = max(change, accident) + _ROUNDING * size + edge
    return Estimate(total * plane.jacobian, error * plane.jacobian).honest()


def _edge(seen: list[list[float]]) -> float:
    """What lies along the rim, which is of the order of what lies beyond it."""
    rim = [*seen[0], *seen[-1], *(row[0] for row in seen), *(row[-1] for row in seen)]
    return sum(map(abs, rim))
