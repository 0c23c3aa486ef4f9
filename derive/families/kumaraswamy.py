"""The Kumaraswamy law on the unit interval, a beta-like law with an elementary quantile function."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log

from derive.closed_form.moments.kumaraswamy import kumaraswamy_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

a1 = Symbol("a1", positive=True)
b1 = Symbol("b1", positive=True)

FAMILY = Family(
    name="kumaraswamy",
    parameters=(
        Parameter(a1, Rational(9, 5), lower=S.Zero),
        Parameter(b1, Rational(12, 5), lower=S.Zero),
    ),
    support=(Support(S.Zero, S.One),),
    log_density=log(a1) + log(b1) + (a1 - 1) * log(a) + (b1 - 1) * log(1 - a**a1),
    transport=Transport(
        noise=Law("uniform", 0, 1), map=((1 - (1 - b) ** (1 / b1)) ** (1 / a1),), form="quantile"
    ),
    moment=kumaraswamy_moment,
    reference="Kumaraswamy(concentration1=a1, concentration0=b1)",
    source="Kumaraswamy, A generalized probability density function, Journal of Hydrology 46 (1980)",
    cdf=1 - (1 - a**a1) ** b1,
    velocities=(
        (a1, (-a * log(a) / a1,)),
        (b1, (a * (a**-a1 - 1) * log(1 - a**a1) / (a1 * b1),)),
    ),
)
