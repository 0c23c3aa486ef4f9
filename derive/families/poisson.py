"""The Poisson law with its rate as parameter."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log, loggamma, oo

from derive.closed_form.moments.factorial_moments import poisson_moment
from derive.family import Family, Parameter, Support
from derive.terms import SAMPLE as a

rate = Symbol("rate", positive=True)

FAMILY = Family(
    name="poisson",
    parameters=(Parameter(rate, Rational(5, 2), lower=S.Zero),),
    support=(Support(S.Zero, oo, lattice=True),),
    log_density=a * log(rate) - rate - loggamma(a + 1),
    transport=None,
    moment=poisson_moment,
    reference="Poisson(rate=rate)",
    source="Johnson, Kemp, Kotz, Univariate Discrete Distributions, ch. 4",
)
