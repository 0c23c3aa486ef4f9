"""The binary Concrete (Gumbel-softmax) law on (0, 1), by the probability of 1 and the temperature.

It is the sigmoid of ``(log(p/(1 - p)) + L)/tau`` with standard logistic ``L``; rounded, it is a coin that
shows 1 with probability ``p`` at every temperature.
"""

from __future__ import annotations

from sympy import Rational, S, Symbol, exp, log

from derive.closed_form.moments.relaxed import relaxed_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

p = Symbol("p", positive=True)
tau = Symbol("tau", positive=True)

FAMILY = Family(
    name="relaxed_bernoulli",
    parameters=(
        Parameter(p, Rational(2, 7), lower=S.Zero, upper=S.One),
        Parameter(tau, Rational(3, 2), lower=S.Zero),
    ),
    support=(Support(S.Zero, S.One),),
    log_density=log(tau)
    - log(a)
    - log(1 - a)
    + (log(p) - log(1 - p) - tau * (log(a) - log(1 - a)))
    - 2 * log(1 + exp(log(p) - log(1 - p) - tau * (log(a) - log(1 - a)))),
    transport=Transport(
        noise=Law("logistic", 0, 1),
        map=(1 / (1 + exp(-(log(p) - log(1 - p) + b) / tau)),),
        form="push_forward",
    ),
    moment=relaxed_moment,
    reference="RelaxedBernoulli(temperature=tau, probs=p)",
    source="Maddison, Mnih, Teh, The Concrete Distribution (2017), appendix B",
    outside="a probability lies between 0 and 1, and a temperature is a positive number, such as tau=1/2",
)
