"""A float with a bound on its error that is an estimate, not a proof."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """``value``, and ``error``: how far off it may be, as far as the method can tell.

    Where there is no number, ``value`` is nan and ``error`` inf.
    """

    value: float
    error: float

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(self.value + other.value, self.error + other.error).honest()

    def honest(self) -> Estimate:
        """The same, with nan and inf made the one estimate that claims nothing."""
        return self if math.isfinite(self.value) and self.error < math.inf else NO_NUMBER


ZERO = Estimate(0.0, 0.0)
NO_NUMBER = Estimate(math.nan, math.inf)
