"""Derivatives of float functions, by central differences extrapolated to step zero."""

from __future__ import annotations

import math
from collections.abc import Callable

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
    the limit; Ridders, Adv. Eng. Software 4 (1982).
    """
    row: list[float] = []
    before: list[float] = []
    noise = 0.0
    for share in _STEPS:
        h = share * scale
        up, down = _asked(f, at + h), _asked(f, at - h)
        # The steps that are really taken, after rounding.
        width = (at + h) - (at - h)
        noise = max(noise, (up.error + down.error) / abs(width))
        row = [(up.value - down.value) / width]
        for k, coarser in enumerate(before, start=1):
            row.append(row[-1] + (row[-1] - coarser) / (4**k - 1))
        last, before = before, row
    if not math.isfinite(row[-1]):
        return NO_NUMBER
    # Extrapolation weights sum to less than 2 in absolute value.
    return Estimate(row[-1], abs(row[-1] - last[-1]) + 2 * noise).honest()


def _asked(f: Callable[[float], float | Estimate], x: float) -> Estimate:
    found = f(x)
    return found if isinstance(found, Estimate) else Estimate(found, abs(found) * 2.0**-52)
