"""The Pareto law, whose support starts at its scale."""

from __future__ import annotations

from sympy import Rational, S, Symbol, exp, log, oo

from derive.closed_form.moments.pareto import pareto_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

scale = Symbol("scale", positive=True)
alpha = Symbol("alpha", positive=True)

FAMILY = Family(
    name="pareto",
    parameters=(
        Parameter(scale, Rational(6, 5), lower=S.Zero),
        # Beyond 8 the fourth central moments of the estimators for a**2 exist.
        Parameter(alpha, Rational(19, 2), lower=S.Zero),
    ),
    support=(Support(scale, oo),),
    log_density=log(alpha) + alpha * log(scale) - (alpha + 1) * log(a),
    transport=Transport(noise=Law("exponential", 1), map=(scale * exp(b / alpha),), form="push_forward"),
    moment=pareto_moment,
    reference="Pareto(scale=scale, alpha=alpha)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 20",
)
