"""The binary Concrete (Gumbel-softmax) law on (0, 1), by the log-odds of 1 and the temperature.

It is the sigmoid of ``(logits + L)/tau`` with standard logistic ``L``, the difference of two Gumbel
variables: its logit is logistic with location ``logits/tau`` and scale ``1/tau``.
"""

from __future__ import annotations

from sympy import Rational, S, Symbol, exp, log

from derive.closed_form.moments.relaxed import relaxed_moment
from derive.family import Family, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

logits = Symbol("logits", real=True)
tau = Symbol("tau", positive=True)

FAMILY = Family(
    name="relaxed_bernoulli_logits",
    parameters=(Parameter(logits, Rational(-4, 7)), Parameter(tau, Rational(3, 2), lower=S.Zero)),
    support=(Support(S.Zero, S.One),),
    log_density=log(tau)
    - log(a)
    - log(1 - a)
    + (logits - tau * (log(a) - log(1 - a)))
    - 2 * log(1 + exp(logits - tau * (log(a) - log(1 - a)))),
    transport=Transport(
        noise=Law("logistic", 0, 1), map=(1 / (1 + exp(-(logits + b) / tau)),), form="push_forward"
    ),
    moment=relaxed_moment,
    reference="RelaxedBernoulli(temperature=tau, logits=logits)",
    source="Maddison, Mnih, Teh, The Concrete Distribution (2017), appendix B",
    outside="a temperature is a positive number, such as tau=1/2",
)
