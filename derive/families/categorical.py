"""The categorical law on 0, 1, 2, by its probabilities.

The probabilities sum to one at the point. As in Torch the mass is p[a] divided by their sum, so that it is a
mass function all around the point, and the gradient by p[k] is that along the simplex: towards its corner k.
"""

from __future__ import annotations

from sympy import Eq, Piecewise, Rational, S, Symbol, log

from derive.closed_form.moments.enumerated import finite_moment
from derive.family import Family, Parameter, Support
from derive.terms import SAMPLE as a

p0, p1, p2 = (Symbol(f"p[{i}]", positive=True) for i in range(3))

FAMILY = Family(
    name="categorical",
    parameters=(
        Parameter(p0, Rational(3, 10), lower=S.Zero, upper=S.One),
        Parameter(p1, Rational(1, 10), lower=S.Zero, upper=S.One),
        Parameter(p2, Rational(3, 5), lower=S.Zero, upper=S.One),
    ),
    support=(Support(S.Zero, S(2), lattice=True),),
    log_density=Piecewise((log(p0), Eq(a, 0)), (log(p1), Eq(a, 1)), (log(p2), True)) - log(p0 + p1 + p2),
    transport=None,
    moment=finite_moment,
    reference="Categorical(probs=p)",
    source="Johnson, Kotz, Balakrishnan, Discrete Multivariate Distributions, ch. 35",
    normalised=(p0, p1, p2),
    outside="probabilities lie between 0 and 1; did you mean categorical_logits, which takes any numbers?",
)
