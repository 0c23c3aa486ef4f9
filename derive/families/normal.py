"""The normal law; theta in location and scale, the slides' own example."""

from __future__ import annotations

from sympy import Rational, S, Symbol, erf, log, oo, pi, sqrt

from derive.closed_form.moments.gaussian import normal_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

mu = Symbol("mu", real=True)
sigma = Symbol("sigma", positive=True)

FAMILY = Family(
    name="normal",
    parameters=(Parameter(mu, Rational(7, 10)), Parameter(sigma, Rational(13, 10), lower=S.Zero)),
    support=(Support(-oo, oo),),
    log_density=-(((a - mu) / sigma) ** 2) / 2 - log(sigma) - log(2 * pi) / 2,
    transport=Transport(noise=Law("normal", 0, 1), map=(mu + sigma * b,), form="location_scale"),
    moment=normal_moment,
    squares=True,
    reference="Normal(loc=mu, scale=sigma)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 13",
    cdf=(1 + erf((a - mu) / (sqrt(2) * sigma))) / 2,
    velocities=((mu, (S.One,)), (sigma, ((a - mu) / sigma,))),
)
