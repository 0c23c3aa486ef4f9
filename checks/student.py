"""The quantile function of Student's t law with full precision in the tails.

With ``x = nu/(nu + t**2)`` the tail probability is an incomplete beta function,
``P(|T| > t) = I_x(nu/2, 1/2)`` (Abramowitz and Stegun 26.7.1). Its continued fraction (26.5.8), in ``x`` or
in ``1 - x``, is inverted by Newton's method: in ``log x`` and in ``sqrt(1 - x)``, where it is nearly a
straight line. In NumPy: importing scipy.special for its one function takes 0.4 s.
"""

from __future__ import annotations

import math

import numpy as np

from checks.evidence.arrays import Array

# Newton doubles the digits; measured for nu from 1/2 to 200, one step fewer leaves 6e-8.
_STEPS = 5


def tail_quantile(nu: float, log_tail: Array) -> Array:
    """``t >= 0`` with ``log P(|T| > t) = log_tail``, for any log-probability however far below zero."""
    a = nu / 2.0
    meet = (a + 1.0) / (a + 2.5)
    log_beta = math.lgamma(a) + math.lgamma(0.5) - math.lgamma(a + 0.5)
    at_meet = a * math.log(meet) + 0.5 * math.log1p(-meet) + float(np.log(_fraction(a, 0.5, np.array(meet))))
    far = log_tail <= at_meet - math.log(a) - log_beta
    t = np.empty_like(log_tail)
    log_x = _far(a, log_tail[far] + math.log(a) + log_beta, math.log(meet))
    with np.errstate(over="ignore"):  # small nu: the quantile of an improbable tail is beyond all numbers
        t[far] = np.exp(-0.5 * log_x) * np.sqrt(-np.expm1(log_x))
    w = _near(a, -np.expm1(log_tail[~far]) * math.exp(log_beta) / 2.0, math.sqrt(1.0 - meet))
    t[~far] = w / np.sqrt(1.0 - w * w)
    return math.sqrt(nu) * t


def _fraction(a: float, b: float, x: Array) -> Array:
    """``a B x**-a (1 - x)**-b I_x(a, b)`` for ``x`` up to about ``(a + 1)/(a + b + 2)``."""
    # At that x, where it is slowest, this many levels leave 1e-13, measured for a and b up to 500.
    value = np.ones_like(x)
    for m in range(12 + int(0.5 * (a + b)), 0, -1):
        for c in (-(a + m) * (a + b + m) / (a + 2 * m + 1), m * (b - m) / (a + 2 * m - 1)):
            np.divide(x, value, out=value)  # in place: a sampler spends nearly all of its time here
            value *= c / (a + 2 * m)
            value += 1.0
    return 1.0 / (1.0 - x * ((a + b) / (a + 1.0)) / value)


def _far(a: float, target: Array, highest: float) -> Array:
    """``log x`` with ``log(a B I_x(a, 1/2)) = target``."""
    log_x = np.minimum(target / a, highest)
    for _ in range(_STEPS):
        x = np.exp(log_x)
        fraction = _fraction(a, 0.5, x)
        excess = a * log_x + 0.5 * np.log1p(-x) + np.log(fraction) - target
        log_x = np.minimum(log_x - excess * (1.0 - x) * fraction / a, highest)
    return log_x


def _near(a: float, target: Array, highest: float) -> Array:
    """``w = sqrt(1 - x)`` with ``B/2 I_{w**2}(1/2, a) = target``."""
    w = np.minimum(target, highest)
    for _ in range(_STEPS):
        y = w * w
        excess = w * (1.0 - y) ** a * _fraction(0.5, a, y) - target
        w = np.clip(w - excess * (1.0 - y) ** (1.0 - a), 0.0, highest)
    return w
