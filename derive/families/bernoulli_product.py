"""Three independent Bernoulli variables, by the probability of each."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log

from derive.closed_form.moments.enumerated import finite_moment
from derive.family import Family, Parameter, Support
from derive.terms import sample_symbols

p0, p1, p2 = (Symbol(f"p[{i}]", positive=True) for i in range(3))
a0, a1, a2 = sample_symbols(3)

FAMILY = Family(
    name="bernoulli_product",
    parameters=(
        Parameter(p0, Rational(2, 7), lower=S.Zero, upper=S.One),
        Parameter(p1, Rational(3, 5), lower=S.Zero, upper=S.One),
        Parameter(p2, Rational(1, 6), lower=S.Zero, upper=S.One),
    ),
    support=(Support(S.Zero, S.One, lattice=True),) * 3,
    log_density=a0 * log(p0) + (1 - a0) * log(1 - p0)
    + a1 * log(p1) + (1 - a1) * log(1 - p1)
    + a2 * log(p2) + (1 - a2) * log(1 - p2),
    transport=None,
    moment=finite_moment,
    reference="Independent(Bernoulli(probs=p), 1)",
    source="Johnson, Kotz, Balakrishnan, Discrete Multivariate Distributions, ch. 34",
    outside="a probability lies between 0 and 1",
)  # fmt: skip
