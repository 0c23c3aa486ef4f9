"""The von Mises law of an angle, between -pi and pi as Torch draws it.

The support stays where it is, so mu does not shift a sample: the level of the distribution function is
counted from -pi, and a sample there does not move at all. For integrands that close on the circle the shift
is as good.
"""

from __future__ import annotations

from sympy import Rational, S, Symbol, besseli, cos, exp, log, pi

from derive.closed_form.moments.circle import von_mises_moment
from derive.family import Family, Parameter, Support
from derive.special import circular, von_mises_velocity
from derive.terms import SAMPLE as a

mu = Symbol("mu", real=True)
kappa = Symbol("kappa", positive=True)

FAMILY = Family(
    name="von_mises",
    parameters=(
        Parameter(mu, Rational(2, 5)),
        Parameter(kappa, Rational(7, 4), lower=S.Zero),
    ),
    support=(Support(-pi, pi),),
    log_density=kappa * cos(a - mu) - log(besseli(0, kappa)) - log(2 * pi),
    transport=None,
    moment=von_mises_moment,
    reference="VonMises(loc=mu, concentration=kappa)",
    source="Mardia, Jupp, Directional Statistics (2000), section 3.5.4",
    cdf=(circular(kappa, a - mu, 0) + circular(kappa, pi + mu, 0)) / (2 * pi * besseli(0, kappa)),
    velocities=(
        (mu, (1 - exp(-kappa * cos(mu) - kappa * cos(a - mu)),)),
        (kappa, (von_mises_velocity(kappa, mu, a),)),
    ),
)
