"""Charts of the base laws: a variable ``t`` in which an expectation is an integral over a finite interval.

``E[f(b)] = sum over panels of the integral of f(value(t, sign)) weight(t) dt``. Half-lines are mapped doubly
exponentially, ``x = exp(t - exp(-t))`` (Takahasi and Mori 1974): an integrand that is singular at an end of
the support, or decays slowly there, is smooth in ``t``, and what lies outside the panels has a weight below
the smallest number. In one dimension the panels are so narrow that a smooth integrand settles in the first
round; in several, where their number is raised to a power, they start wide.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from checks.evidence.arrays import Array

if TYPE_CHECKING:
    from checks.evidence.laws import Base

Panel: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Chart:
    """Panels ``(low, high, sign)``; ``value(t, sign)`` is the noise, ``weight(t)`` its density in t.

    ``ends`` are the least and the greatest t.
    """

    panels: tuple[Panel, ...]
    value: Callable[[Array, Array], Array]
    weight: Callable[[Array], Array]

    @property
    def ends(self) -> tuple[float, float]:
        return min(p[0] for p in self.panels), max(p[1] for p in self.panels)


def _panels(edges: Sequence[float], signs: tuple[float, ...] = (1.0,)) -> tuple[Panel, ...]:
    return tuple((low, high, sign) for sign in signs for low, high in itertools.pairwise(edges))


def _half_line(t: Array) -> tuple[Array, Array]:
    """``x`` and ``dx/dt``."""
    with np.errstate(under="ignore"):
        x = np.exp(t - np.exp(-t))
        return x, x * (1.0 + np.exp(-t))


def _gaussian(x: Array) -> Array:
    with np.errstate(under="ignore"):
        return np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)


def _normal_weight(t: Array) -> Array:
    x, slope = _half_line(t)
    with np.errstate(under="ignore"):
        return _gaussian(x) * slope


def _exponential_weight(t: Array) -> Array:
    x, slope = _half_line(t)
    with np.errstate(under="ignore"):
        return np.exp(-x) * slope


def _unit(t: Array) -> Array:
    """``1/(1 + exp(-pi sinh t))``, to full precision near 0 and at most the largest double below 1."""
    s = np.pi * np.sinh(t)
    with np.errstate(under="ignore"):
        small = np.exp(-np.abs(s))
        u = np.where(s < 0, small, 1.0) / (1.0 + small)
    return np.clip(u, np.finfo(float).tiny, 1.0 - 2.0**-53)


def _uniform_weight(t: Array) -> Array:
    s = np.abs(np.pi * np.sinh(t))
    with np.errstate(under="ignore"):
        return np.pi * np.cosh(t) * np.exp(-s) / (1.0 + np.exp(-s)) ** 2


# x = 1e-290 at the left end. At the right ends the density is 1e-322 (x = 38.4; x = 741).
_LEFT = (-6.5, -5.0, -4.0, -3.3, -2.8, -2.4, -2.0, -1.5, -1.0, -0.5)
_NORMAL = (*_LEFT, 0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 3.65)
_EXPONENTIAL = (*_LEFT, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.608)
# u = 1e-300 at the left end; at the right end 1 - u = 2**-53, the nearest that a double comes to 1.
_UNIFORM = (-6.07, -5.0, -4.2, -3.6, -3.1, -2.7, -2.3, -1.9, -1.5, -1.0, -0.5,
            0.0, 0.5, 1.0, 1.5, 1.9, 2.3, 2.7, 3.15)  # fmt: skip
# Most kinks of a normal variable are at 0.
_WIDE = (-38.4, -10.0, -8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 38.4)

FINE: dict[Base, Chart] = {
    "normal": Chart(_panels(_NORMAL, (-1.0, 1.0)), lambda t, sign: sign * _half_line(t)[0], _normal_weight),
    "exponential": Chart(_panels(_EXPONENTIAL), lambda t, sign: _half_line(t)[0], _exponential_weight),
    "uniform": Chart(_panels(_UNIFORM), lambda t, sign: _unit(t), _uniform_weight),
}
COARSE: dict[Base, Chart] = {
    "normal": Chart(_panels(_WIDE), lambda t, sign: t, _gaussian),
    "exponential": Chart(
        _panels((-6.5, -4.0, -2.5, -1.2, 0.0, 1.0, 2.0, 3.0, 4.5, 6.608)),
        lambda t, sign: _half_line(t)[0],
        _exponential_weight,
    ),
    "uniform": Chart(
        _panels((-6.07, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.15)),
        lambda t, sign: _unit(t),
        _uniform_weight,
    ),
}
