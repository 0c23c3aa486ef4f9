"""The logit-normal law on (0, 1), the sigmoid of a normal variable."""

from __future__ import annotations

from sympy import Rational, S, Symbol, exp, log, pi

from derive.closed_form.moments.gaussian import logit_normal_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

mu = Symbol("mu", real=True)
sigma = Symbol("sigma", positive=True)

FAMILY = Family(
    name="logit_normal",
    parameters=(Parameter(mu, Rational(3, 10)), Parameter(sigma, Rational(4, 5), lower=S.Zero)),
    support=(Support(S.Zero, S.One),),
    log_density=-(((log(a) - log(1 - a) - mu) / sigma) ** 2) / 2
    - log(a)
    - log(1 - a)
    - log(sigma)
    - log(2 * pi) / 2,
    transport=Transport(
        noise=Law("normal", 0, 1), map=(1 / (1 + exp(-(mu + sigma * b))),), form="push_forward"
    ),
    moment=logit_normal_moment,
    reference="Normal(loc=mu, scale=sigma) | SigmoidTransform()",
    source="Atchison, Shen, Biometrika 67 (1980), 261-272, for one dimension",
)
