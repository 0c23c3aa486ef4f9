"""The categorical law on 0, 1, 2, by unnormalised log-probabilities."""

from __future__ import annotations

from sympy import Eq, Piecewise, Rational, S, Symbol, exp, log

from derive.closed_form.moments.enumerated import finite_moment
from derive.family import Family, Parameter, Support
from derive.terms import SAMPLE as a

l0, l1, l2 = (Symbol(f"logits[{i}]", real=True) for i in range(3))

FAMILY = Family(
    name="categorical_logits",
    parameters=(
        Parameter(l0, Rational(2, 5)),
        Parameter(l1, Rational(-3, 4)),
        Parameter(l2, Rational(7, 6)),
    ),
    support=(Support(S.Zero, S(2), lattice=True),),
    log_density=Piecewise((l0, Eq(a, 0)), (l1, Eq(a, 1)), (l2, True)) - log(exp(l0) + exp(l1) + exp(l2)),
    transport=None,
    moment=finite_moment,
    reference="Categorical(logits=logits)",
    source="Johnson, Kotz, Balakrishnan, Discrete Multivariate Distributions, ch. 35",
)
