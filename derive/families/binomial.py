"""The binomial law: how many of n trials succeed."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log, loggamma

from derive.closed_form.moments.factorial_moments import binomial_moment
from derive.family import Family, Parameter, Support
from derive.terms import SAMPLE as a

n = Symbol("n", integer=True, positive=True)
p = Symbol("p", positive=True)

FAMILY = Family(
    name="binomial",
    parameters=(
        Parameter(n, Rational(7), lower=S.Zero, fixed=True),
        Parameter(p, Rational(3, 10), lower=S.Zero, upper=S.One),
    ),
    support=(Support(S.Zero, n, lattice=True),),
    log_density=loggamma(n + 1) - loggamma(a + 1) - loggamma(n - a + 1) + a * log(p) + (n - a) * log(1 - p),
    transport=None,
    moment=binomial_moment,
    reference="Binomial(total_count=n, probs=p)",
    source="Johnson, Kemp, Kotz, Univariate Discrete Distributions, ch. 3",
    outside="n is a positive whole number, and p lies between 0 and 1",
)
