"""The Weibull law: the scale times a power of an exponential variable."""

from __future__ import annotations

from sympy import Rational, S, Symbol, exp, log, oo

from derive.closed_form.moments.weibull import weibull_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

scale = Symbol("scale", positive=True)
shape = Symbol("shape", positive=True)

FAMILY = Family(
    name="weibull",
    parameters=(
        Parameter(scale, Rational(6, 5), lower=S.Zero),
        Parameter(shape, Rational(12, 5), lower=S.Zero),
    ),
    support=(Support(S.Zero, oo),),
    log_density=log(shape) - log(scale) + (shape - 1) * (log(a) - log(scale)) - (a / scale) ** shape,
    transport=Transport(noise=Law("exponential", 1), map=(scale * b ** (1 / shape),), form="push_forward"),
    moment=weibull_moment,
    reference="Weibull(scale=scale, concentration=shape)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 21",
    cdf=1 - exp(-((a / scale) ** shape)),
    velocities=((scale, (a / scale,)), (shape, (-a / shape * log(a / scale),))),
)
