"""Student's t law; the noise keeps the degrees of freedom, theta is in location and scale."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log, loggamma, oo, pi

from derive.closed_form.moments.student import student_moment
from derive.family import Family, Parameter, Support, Transport
from derive.special import student_cdf, student_velocity
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

nu = Symbol("nu", positive=True)
mu = Symbol("mu", real=True)
sigma = Symbol("sigma", positive=True)

FAMILY = Family(
    name="student_t",
    parameters=(
        # Beyond 9 the fourth central moments of the estimators for a**2 exist.
        Parameter(nu, Rational(46, 5), lower=S.Zero),
        Parameter(mu, Rational(3, 10)),
        Parameter(sigma, Rational(4, 5), lower=S.Zero),
    ),
    support=(Support(-oo, oo),),
    log_density=loggamma((nu + 1) / 2)
    - loggamma(nu / 2)
    - log(pi * nu) / 2
    - log(sigma)
    - (nu + 1) / 2 * log(1 + ((a - mu) / sigma) ** 2 / nu),
    transport=Transport(noise=Law("student_t", nu, 0, 1), map=(mu + sigma * b,), form="location_scale"),
    moment=student_moment,
    reference="StudentT(df=nu, loc=mu, scale=sigma)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 28",
    cdf=student_cdf(nu, (a - mu) / sigma),
    velocities=(
        (nu, (sigma * student_velocity(nu, (a - mu) / sigma),)),
        (mu, (S.One,)),
        (sigma, ((a - mu) / sigma,)),
    ),
)
