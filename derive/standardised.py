"""Standardised samples: ``a = link(m + s eps)`` with eps of mean zero and variance one, whatever theta is.

Of gamma and lognormal laws the logarithm of a sample is standardised, of beta and logit-normal laws its
log-odds. The law of eps may still depend on theta: its score at a fixed eps is the ``remainder``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Symbol, cancel, expand, log, polygamma, sqrt

from .errors import NotApplicable
from .family import Family

# Families of which the logarithm is standardised, and those of which the log-odds are.
POSITIVE = ("gamma", "lognormal")
BETWEEN = ("beta", "logit_normal")


@dataclass(frozen=True, slots=True)
class Standardised:
    """``level`` is the inverse of the link, ``slope`` that of the link, both in the sample."""

    family: Family
    level: Expr
    slope: Expr
    mean: Expr
    deviation: Expr

    def pace(self, theta: Symbol) -> Expr:
        """How the level moves with ``theta`` at a fixed eps."""
        spread = self.deviation.diff(theta) / self.deviation
        return self.mean.diff(theta) + spread * (self.level - self.mean)

    def velocity(self, theta: Symbol) -> Expr:
        """How the sample does."""
        return self.slope * self.pace(theta)

    def remainder(self, theta: Symbol) -> Expr:
        """``d/dtheta log q(eps) = d/dtheta log p + v d/da log p + dv/da`` at a fixed eps, in the sample."""
        (a,) = self.family.samples
        drift = cancel(self.slope * self.family.log_density.diff(a)) + self.slope.diff(a)
        spread = self.deviation.diff(theta) / self.deviation
        return expand(self.family.log_density.diff(theta) + self.pace(theta) * drift + spread)


def standardised(family: Family) -> Standardised:
    """The standardisation of the family's samples; raises ``NotApplicable`` where none is at hand."""
    if family.name not in (*POSITIVE, *BETWEEN):
        known = ", ".join((*POSITIVE, *BETWEEN))
        raise NotApplicable(f"no standardisation of {family.name} is at hand", f"there is one of {known}")
    (a,), (first, second) = family.samples, family.symbols
    if family.name == "gamma":
        mean, deviation = polygamma(0, first) - log(second), sqrt(polygamma(1, first))
    elif family.name == "beta":
        mean = polygamma(0, first) - polygamma(0, second)
        deviation = sqrt(polygamma(1, first) + polygamma(1, second))
    else:
        mean, deviation = first, second
    if family.name in POSITIVE:
        return Standardised(family, log(a), a, mean, deviation)
    return Standardised(family, log(a) - log(1 - a), a * (1 - a), mean, deviation)
