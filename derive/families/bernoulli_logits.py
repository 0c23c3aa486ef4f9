"""The Bernoulli law, by the log-odds of 1."""

from __future__ import annotations

from sympy import Rational, S, Symbol, exp, log

from derive.closed_form.moments.enumerated import finite_moment
from derive.family import Family, Parameter, Support
from derive.terms import SAMPLE as a

logits = Symbol("logits", real=True)

FAMILY = Family(
    name="bernoulli_logits",
    parameters=(Parameter(logits, Rational(-4, 7)),),
    support=(Support(S.Zero, S.One, lattice=True),),
    log_density=a * logits - log(1 + exp(logits)),
    transport=None,
    moment=finite_moment,
    reference="Bernoulli(logits=logits)",
    source="Johnson, Kemp, Kotz, Univariate Discrete Distributions, ch. 3",
)
