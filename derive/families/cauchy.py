"""The Cauchy law, of which no moment from the first on exists; theta in location and scale."""

from __future__ import annotations

from sympy import Rational, S, Symbol, atan, log, oo, pi

from derive.closed_form.moments.cauchy import cauchy_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

mu = Symbol("mu", real=True)
gamma = Symbol("gamma", positive=True)

FAMILY = Family(
    name="cauchy",
    parameters=(Parameter(mu, Rational(3, 10)), Parameter(gamma, Rational(3, 5), lower=S.Zero)),
    support=(Support(-oo, oo),),
    log_density=-log(1 + ((a - mu) / gamma) ** 2) - log(gamma) - log(pi),
    transport=Transport(noise=Law("cauchy", 0, 1), map=(mu + gamma * b,), form="location_scale"),
    moment=cauchy_moment,
    reference="Cauchy(loc=mu, scale=gamma)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 16",
    cdf=S.Half + atan((a - mu) / gamma) / pi,
    velocities=((mu, (S.One,)), (gamma, ((a - mu) / gamma,))),
)
