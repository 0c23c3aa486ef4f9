"""The beta law on the unit interval; no elementary map moves its shapes."""

from __future__ import annotations

from sympy import Rational, S, Symbol, gamma, log, loggamma

from derive.closed_form.moments.simplex import beta_moment
from derive.family import Family, Parameter, Support
from derive.special import beta_velocity, lowerbeta_log
from derive.terms import SAMPLE as a

alpha = Symbol("alpha", positive=True)
beta = Symbol("beta", positive=True)

FAMILY = Family(
    name="beta",
    parameters=(
        Parameter(alpha, Rational(12, 5), lower=S.Zero),
        Parameter(beta, Rational(7, 4), lower=S.Zero),
    ),
    support=(Support(S.Zero, S.One),),
    log_density=(alpha - 1) * log(a)
    + (beta - 1) * log(1 - a)
    + loggamma(alpha + beta)
    - loggamma(alpha)
    - loggamma(beta),
    transport=None,
    moment=beta_moment,
    reference="Beta(concentration1=alpha, concentration0=beta)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 25",
    cdf=lowerbeta_log(alpha, beta, a, 0, 0) * gamma(alpha + beta) / (gamma(alpha) * gamma(beta)),
    velocities=((alpha, (beta_velocity(alpha, beta, a),)), (beta, (-beta_velocity(beta, alpha, 1 - a),))),
)
