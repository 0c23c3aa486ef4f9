"""The Gumbel law of the largest value; theta in location and scale."""

from __future__ import annotations

from sympy import Rational, S, Symbol, exp, log, oo

from derive.closed_form.moments.gumbel import gumbel_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

mu = Symbol("mu", real=True)
beta = Symbol("beta", positive=True)

FAMILY = Family(
    name="gumbel",
    parameters=(Parameter(mu, Rational(3, 10)), Parameter(beta, Rational(2, 5), lower=S.Zero)),
    support=(Support(-oo, oo),),
    log_density=-(a - mu) / beta - exp(-(a - mu) / beta) - log(beta),
    transport=Transport(noise=Law("gumbel", 0, 1), map=(mu + beta * b,), form="location_scale"),
    moment=gumbel_moment,
    reference="Gumbel(loc=mu, scale=beta)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 22",
    cdf=exp(-exp(-(a - mu) / beta)),
    velocities=((mu, (S.One,)), (beta, ((a - mu) / beta,))),
)
