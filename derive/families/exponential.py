"""The exponential law with its rate as parameter."""

from __future__ import annotations

from sympy import Expr, Rational, S, Symbol, exp, log, oo

from derive.closed_form.moments.polyexp import integral
from derive.family import Atom, Family, Moment, Parameter, Support, Transport
from derive.terms import NOISE as b
from derive.terms import SAMPLE as a
from derive.terms import Law

rate = Symbol("rate", positive=True)


def moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """The rate times an integral in which the density only shifts the exponential's own rate."""
    (own,) = parameters
    whole = integral(atom, atom.rate - own)
    return Moment(own * whole.value, whole.requires)


FAMILY = Family(
    name="exponential",
    parameters=(Parameter(rate, Rational(5, 4), lower=S.Zero),),
    support=(Support(S.Zero, oo),),
    log_density=log(rate) - rate * a,
    transport=Transport(noise=Law("exponential", 1), map=(b / rate,), form="location_scale"),
    moment=moment,
    squares=True,
    reference="Exponential(rate=rate)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 19",
    cdf=1 - exp(-rate * a),
    velocities=((rate, (-a / rate,)),),
)
