"""The half-normal law, the absolute value of a centred normal variable."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log, oo, pi

from derive.closed_form.moments.gaussian import half_normal_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

sigma = Symbol("sigma", positive=True)

FAMILY = Family(
    name="half_normal",
    parameters=(Parameter(sigma, Rational(13, 10), lower=S.Zero),),
    support=(Support(S.Zero, oo),),
    log_density=-((a / sigma) ** 2) / 2 - log(sigma) + log(2 / pi) / 2,
    transport=Transport(noise=Law("half_normal", 1), map=(sigma * b,), form="location_scale"),
    moment=half_normal_moment,
    squares=True,
    reference="HalfNormal(scale=sigma)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 13.10.1",
)
