"""The geometric law: how many trials fail before the first success, from 0, as in Torch."""

from __future__ import annotations

from sympy import Rational, S, Symbol, log, oo

from derive.closed_form.moments.factorial_moments import geometric_moment
from derive.family import Family, Parameter, Support
from derive.terms import SAMPLE as a

p = Symbol("p", positive=True)

FAMILY = Family(
    name="geometric",
    parameters=(Parameter(p, Rational(2, 5), lower=S.Zero, upper=S.One),),
    support=(Support(S.Zero, oo, lattice=True),),
    log_density=a * log(1 - p) + log(p),
    transport=None,
    moment=geometric_moment,
    reference="Geometric(probs=p)",
    source="Johnson, Kemp, Kotz, Univariate Discrete Distributions, ch. 5",
    outside="a probability lies between 0 and 1",
)
