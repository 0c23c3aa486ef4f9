"""The Laplace law: an exponential on either side of mu. Its scale is called b, so its noise is z."""

from __future__ import annotations

from sympy import Abs, Expr, Rational, S, Symbol, log, oo

from derive.closed_form.moments.polyexp import integral
from derive.closed_form.quick import exponential
from derive.family import Atom, Family, Moment, Parameter, Support, Transport
from derive.terms import SAMPLE as a
from derive.terms import Law

mu = Symbol("mu", real=True)
b = Symbol("b", positive=True)
z = Symbol("z", real=True)


def moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """Cells lie wholly on one side of mu, where the density is a single exponential."""
    centre, scale = parameters
    side = 1 if atom.piece else -1
    whole = integral(atom, atom.rate - side / scale)
    return Moment(exponential(side * centre / scale) / (2 * scale) * whole.value, whole.requires)


FAMILY = Family(
    name="laplace",
    parameters=(Parameter(mu, Rational(7, 10)), Parameter(b, Rational(6, 5), lower=S.Zero)),
    support=(Support(-oo, oo),),
    log_density=-Abs(a - mu) / b - log(2 * b),
    transport=Transport(noise=Law("laplace", 0, 1), map=(mu + b * z,), form="location_scale"),
    moment=moment,
    squares=True,
    reference="Laplace(loc=mu, scale=b)",
    source="Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 24",
    kinks=(mu,),
)
