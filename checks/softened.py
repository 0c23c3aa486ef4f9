"""Moments of a relaxed choice ``y = softmax((log pi + G)/tau)`` among any number of outcomes.

``y_k = w_k/sum w`` with independent ``w_k = (pi_k/e_k)**(1/tau)``, ``e_k`` exponential. Of a monomial of
degree ``m`` the sum below the bar is ``1/s**m = int_0^oo t**(m - 1) exp(-t s) dt/(m - 1)!``, under which the
outcomes separate: ``E[prod y_k**a_k]`` is one integral over ``log t`` of a product of functions of it, each
an integral over ``log e_k``. Both integrands are analytic in a strip and die off, so that the trapezoidal
rule converges geometrically in its step; the inner integrals are convolutions, all of them taken at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import factorial, prod
from typing import TYPE_CHECKING

import numpy as np

from checks.evidence.arrays import Array
from derive.errors import NoClosedForm
from derive.numeric.estimate import Estimate

if TYPE_CHECKING:
    from sympy import Expr

    from checks.estimator import Draw

# The law of all y[k], by the temperature and the log-probabilities up to a common term.
LAW = "relaxed_choice"
# Steps as parts of the half-width of the strip: a rule errs by exp(-2 pi/part), by exp(-57) and exp(-39).
FINE, COARSE = 0.11, 0.16
# Where a density exp(x - exp(x)) is below 1e-18, and where exp(-exp(r)) is.
_LOWEST, _HIGHEST = -42.0, 3.8
# More nodes than this take seconds; temperatures below about 1/400 then have no moments.
MOST_NODES = 1 << 20


def estimate(body: Expr, draw: Draw) -> Estimate:
    """``E[body]`` of a polynomial in the coordinates, with the difference of two rules as its error.

    Raises ``NoClosedForm`` for anything but a polynomial, and for temperatures too low for the grid.
    """
    from sympy import Poly, PolynomialError

    try:
        found = Poly(body.evalf(25), *draw.variables)
    except PolynomialError:
        raise NoClosedForm("it is no polynomial in the relaxed outcomes") from None
    if found.free_symbols_in_domain:
        raise NoClosedForm("it has parameters without a value")
    tau, *logits = (float(x) for x in draw.law.parameters)
    fine, coarse = (_grid(tau, tuple(logits), part) for part in (FINE, COARSE))
    value = error = 0.0
    for powers, coefficient in found.terms():
        one, other = fine.moment(powers), coarse.moment(powers)
        value += float(coefficient) * one
        error += abs(float(coefficient)) * (abs(one - other) + _ROUNDING * one)
    return Estimate(value, error)


# Of a sum of thousands of products, relative to the sum.
_ROUNDING = 1e-15


@dataclass(frozen=True)
class _Grid:
    """Nodes of ``tau log t`` at distance ``step``, and log-probabilities with the largest at 0."""

    tau: float
    logits: tuple[float, ...]
    step: float
    first: float
    count: int

    def moment(self, powers: Sequence[int]) -> float:
        """``E[prod y_k**a_k]``."""
        degree = sum(powers)
        if degree == 0:
            return 1.0
        integrand = prod(
            (_factor(self, logit, a) for logit, a in zip(self.logits, powers)), start=np.ones(())
        )
        return float(integrand.sum()) * self.step / (self.tau * factorial(degree - 1))


@lru_cache(maxsize=64)
def _grid(tau: float, logits: tuple[float, ...], part: float) -> _Grid:
    """From where the tail to the left, ``exp(v min(1, 1/tau))``, is lost, to where that of any outcome is."""
    top = max(logits)
    held = tuple(x - top for x in logits)
    step = part * np.pi / 2 * min(1.0, tau)
    first = _LOWEST * max(1.0, tau)
    last = _HIGHEST * (1.0 + tau)
    count = int(np.ceil((last - first) / step))
    if count > MOST_NODES:
        raise NoClosedForm(f"a temperature of {tau:g} is too low for its grid")
    return _Grid(tau, held, float(step), first, count)


@lru_cache(maxsize=512)
def _factor(grid: _Grid, logit: float, power: int) -> Array:
    """``E[r**power exp(-r)]`` at ``log r = (v + logit - log e)/tau``, at all nodes ``v``."""
    nodes = int(np.ceil((_HIGHEST - _LOWEST) / grid.step))
    x = _LOWEST + grid.step * np.arange(nodes)
    density = np.exp(x - np.exp(x)) * grid.step
    shifts = grid.step * np.arange(
        1 - nodes, grid.count
    )  # of v against log e, from the last node to the first
    log_r = (grid.first + logit - _LOWEST + shifts) / grid.tau
    kernel = np.where(
        log_r < 7.0, np.exp(power * np.minimum(log_r, 7.0) - np.exp(np.minimum(log_r, 7.0))), 0.0
    )
    size = len(kernel) + nodes - 1
    found: Array = np.fft.irfft(np.fft.rfft(kernel, size) * np.fft.rfft(density, size), size)
    return np.maximum(found[nodes - 1 : len(kernel)], 0.0)
