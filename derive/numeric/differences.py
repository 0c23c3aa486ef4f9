"""Derivatives of float functions, by central differences extrapolated to step zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from .estimate import NO_NUMBER, Estimate

# Steps of 8, 4, 2 and 1 hundredths of the scale: with three extrapolations the truncation error is
# of order (0.01*0.02*0.04*0.08)**2 = 4e-13 of the eighth derivative over 9!, 1e-18, and a relative
# rounding error of 1e-16 in f becomes 1e-14.
_STEPS = (0.08, 0.04, 0.02, 0.01)


def differentiate(f: Callable[[float], float | Estimate], at: float, scale: float = 1.0) -> Estimate:
    """``f'(at)`` from eight values of ``f`` within ``0.08*scale`` of ``at``.

    ``scale`` is the length on which ``f`` changes by its own size; ``f`` must be smooth that far.
    The error adds the last extrapolation step to what the errors of ``f`` (its own, where it
    returns an ``Estimate``, else one rounding) can do. Source: Richardson's deferred approach to
    the limit; Ridders, Adv. Eng. Software 4 (1982). Where the quotients do not settle (a kink or a
    jump within reach) there is no number.
    """
    row: list[float] = []
    last: list[float] = []
    plain: list[float] = []
    noise = 0.0
    for share in _STEPS:
        h = share * scale
        up, down = _asked(f, at + h), _asked(f, at - h)
        # The steps that are really taken, after rounding.
        width = (at + h) - (at - h)
        noise = max(noise, (up.error + down.error) / abs(width))
        plain.append((up.value - down.value) / width)
        last, row = row, [plain[-1]]
        for k, coarser in enumerate(last, start=1):
            row.append(row[-1] + (row[-1] - coarser) / (4**k - 1))
    if not math.isfinite(row[-1]) or _diverges(plain, noise):
        return NO_NUMBER
    # Extrapolation weights sum to less than 2 in absolute value.
    return Estimate(row[-1], abs(row[-1] - last[-1]) + 2 * noise).honest()


def _diverges(plain: list[float], noise: float) -> bool:
    """Whether halving the step moves the quotient as much as before; for a smooth ``f`` it is a quarter."""
    steps = [abs(fine - coarse) for coarse, fine in pairwise(plain)]
    return steps[-1] > max(steps[:-1]) / 2 + 4 * noise


def _asked(f: Callable[[float], float | Estimate], x: float) -> Estimate:
    found = f(x)
    return found if isinstance(found, Estimate) else Estimate(found, abs(found) * 2.0**-52)
