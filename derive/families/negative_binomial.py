"""The negative binomial law: successes, each with probability p, before the r-th failure, as in Torch."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log, loggamma, oo

from derive.closed_form.moments.factorial_moments import negative_binomial_moment
from derive.family import Family, Parameter, Support
from derive.terms import SAMPLE as a

r = Symbol("r", positive=True)
p = Symbol("p", positive=True)

FAMILY = Family(
    name="negative_binomial",
    parameters=(
        Parameter(r, Rational(7, 2), lower=S.Zero),
        Parameter(p, Rational(2, 5), lower=S.Zero, upper=S.One),
    ),
    support=(Support(S.Zero, oo, lattice=True),),
    log_density=loggamma(a + r) - loggamma(r) - loggamma(a + 1) + r * log(1 - p) + a * log(p),
    transport=None,
    moment=negative_binomial_moment,
    reference="NegativeBinomial(total_count=r, probs=p)",
    source="Johnson, Kemp, Kotz, Univariate Discrete Distributions, ch. 5",
    outside="r is positive, and p lies between 0 and 1",
)
