"""The gamma law by shape and rate; the noise keeps the shape, which no elementary map moves."""

from __future__ import annotations

from sympy import Rational, S, Symbol, gamma, log, loggamma, oo

from derive.closed_form.moments.gamma_law import gamma_moment
from derive.family import Family, Parameter, Support, Transport
from derive.special import gamma_velocity, lowergamma_log
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

shape = Symbol("shape", positive=True)
rate = Symbol("rate", positive=True)

FAMILY = Family(
    name="gamma",
    parameters=(
        Parameter(shape, Rational(12, 5), lower=S.Zero),
        Parameter(rate, Rational(7, 5), lower=S.Zero),
    ),
    support=(Support(S.Zero, oo),),
    log_density=shape * log(rate) - loggamma(shape) + (shape - 1) * log(a) - rate * a,
    transport=Transport(noise=Law("gamma", shape, 1), map=(b / rate,), form="location_scale"),
    moment=gamma_moment,
    reference="Gamma(concentration=shape, rate=rate)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 17",
    cdf=lowergamma_log(shape, rate * a, 0) / gamma(shape),
    velocities=((shape, (gamma_velocity(shape, rate * a) / rate,)), (rate, (-a / rate,))),
)
