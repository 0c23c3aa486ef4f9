"""The lognormal law, the exponential of a normal variable: its score grows with log a only."""

from __future__ import annotations

from sympy import Rational, S, Symbol, erf, exp, log, oo, pi, sqrt

from derive.closed_form.moments.gaussian import lognormal_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

mu = Symbol("mu", real=True)
sigma = Symbol("sigma", positive=True)

FAMILY = Family(
    name="lognormal",
    parameters=(Parameter(mu, Rational(1, 5)), Parameter(sigma, Rational(3, 5), lower=S.Zero)),
    support=(Support(S.Zero, oo),),
    log_density=-(((log(a) - mu) / sigma) ** 2) / 2 - log(a) - log(sigma) - log(2 * pi) / 2,
    transport=Transport(noise=Law("normal", 0, 1), map=(exp(mu + sigma * b),), form="push_forward"),
    moment=lognormal_moment,
    reference="LogNormal(loc=mu, scale=sigma)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 14",
    cdf=(1 + erf((log(a) - mu) / (sqrt(2) * sigma))) / 2,
    velocities=((mu, (a,)), (sigma, (a * (log(a) - mu) / sigma,))),
)
