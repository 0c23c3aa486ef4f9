"""The logistic law; theta in location and scale."""

from __future__ import annotations

from sympy import Rational, S, Symbol, exp, log, oo

from derive.closed_form.moments.logistic import logistic_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

mu = Symbol("mu", real=True)
s = Symbol("s", positive=True)

FAMILY = Family(
    name="logistic",
    parameters=(Parameter(mu, Rational(3, 10)), Parameter(s, Rational(2, 5), lower=S.Zero)),
    support=(Support(-oo, oo),),
    log_density=-(a - mu) / s - 2 * log(1 + exp(-(a - mu) / s)) - log(s),
    transport=Transport(noise=Law("logistic", 0, 1), map=(mu + s * b,), form="location_scale"),
    moment=logistic_moment,
    reference="Uniform(low=0, high=1) | SigmoidTransform().inv | AffineTransform(loc=mu, scale=s)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 23",
    cdf=1 / (1 + exp(-(a - mu) / s)),
    velocities=((mu, (S.One,)), (s, ((a - mu) / s,))),
)
