"""The uniform law on an interval with both ends as parameters: the support moves with theta."""

from __future__ import annotations

from sympy import Expr, Lt, Rational, Symbol, log

from derive.closed_form.moments.polyexp import integral
from derive.family import Atom, Family, Moment, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import Law

low = Symbol("low", real=True)
high = Symbol("high", real=True)


def moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """The integral over the cell divided by the length of the support."""
    lower, upper = parameters
    whole = integral(atom, atom.rate)
    return Moment(whole.value / (upper - lower), whole.requires)


FAMILY = Family(
    name="uniform",
    parameters=(Parameter(low, Rational(-2, 5)), Parameter(high, Rational(19, 10))),
    support=(Support(low, high),),
    log_density=-log(high - low),
    transport=Transport(noise=Law("uniform", 0, 1), map=(low + (high - low) * b,), form="location_scale"),
    moment=moment,
    squares=True,
    reference="Uniform(low=low, high=high)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 26",
    constraints=(Lt(low, high),),
)
