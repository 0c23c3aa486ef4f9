"""The Bernoulli law, by the probability of 1."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log

from derive.closed_form.moments.enumerated import finite_moment
from derive.family import Family, Parameter, Support
from derive.terms import SAMPLE as a

p = Symbol("p", positive=True)

FAMILY = Family(
    name="bernoulli",
    parameters=(Parameter(p, Rational(2, 7), lower=S.Zero, upper=S.One),),
    support=(Support(S.Zero, S.One, lattice=True),),
    log_density=a * log(p) + (1 - a) * log(1 - p),
    transport=None,
    moment=finite_moment,
    reference="Bernoulli(probs=p)",
    source="Johnson, Kemp, Kotz, Univariate Discrete Distributions, ch. 3",
    outside="a probability lies between 0 and 1; log-odds are the parameter of bernoulli_logits",
)
