"""Laws that are functions of a chi variable, and what an integrand becomes under half a normal law.

A chi variable with ``nu`` degrees of freedom has the density ``w z**(nu - 1)`` over that of a standard normal
one, on ``z > 0``, with ``w = sqrt(2 pi) 2**(1 - nu/2) / Gamma(nu/2)``: polynomial weights, which the moments
of the normal law take in their stride. Rayleigh variables (a Weibull law of shape 2) and gamma variables of
half-integer shape are functions of one.
Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1 (1994), chapter 18.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, Integer, Rational, gamma, oo, pi, sqrt

from derive.terms import Law

STANDARD_NORMAL = Law("normal", 0, 1)
# Higher powers of z take longer than they are worth.
MOST_FREEDOM = 12


@dataclass(frozen=True, slots=True)
class Chi:
    """``a = image(z)`` with ``z ~ chi_freedom``; ``inverse`` maps the ends of a cell."""

    freedom: int
    image: Callable[[Expr], Expr]
    inverse: Callable[[Expr], Expr]

    def weight(self, z: Expr) -> Expr:
        """The density of ``z`` over the standard normal one."""
        half = Rational(self.freedom, 2)
        return sqrt(2 * pi) * 2 ** (1 - half) / gamma(half) * z ** (self.freedom - 1)


def chi_of(law: Law) -> Chi | None:
    """How a sample of ``law`` is a function of a chi variable, if it is one."""
    if law.name == "weibull" and law.parameters[1] == 2:
        scale = law.parameters[0] / sqrt(2)
        return Chi(2, lambda z: scale * z, lambda a: oo if a is oo else a / scale)
    if law.name == "gamma" and isinstance(2 * law.parameters[0], Integer):
        freedom, rate = int(2 * law.parameters[0]), law.parameters[1]
        if 0 < freedom <= MOST_FREEDOM:
            return Chi(
                freedom, lambda z: z**2 / (2 * rate), lambda a: oo if a is oo else sqrt(2 * rate * a)
            )
    return None
