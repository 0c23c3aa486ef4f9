"""The normal law in the plane with mean mu and lower Cholesky factor L."""

from __future__ import annotations

from sympy import Expr, Rational, S, Symbol, log, oo, pi

from derive.errors import NoClosedForm
from derive.family import Atom, Family, Moment, Parameter, Support, Transport
from derive.terms import Law, noise_symbols, sample_symbols

mu0, mu1 = (Symbol(f"mu[{i}]", real=True) for i in range(2))
L00 = Symbol("L[0,0]", positive=True)
L10 = Symbol("L[1,0]", real=True)
L11 = Symbol("L[1,1]", positive=True)

a0, a1 = sample_symbols(2)
b0, b1 = noise_symbols(2)
z0 = (a0 - mu0) / L00
z1 = (a1 - mu1 - L10 * z0) / L11


def moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """Atoms are of one variable; expectations in the plane are ``closed_form/joint.py``'s."""
    raise NoClosedForm("a law in the plane has no moments of one variable")


FAMILY = Family(
    name="multivariate_normal",
    parameters=(
        Parameter(mu0, Rational(1, 2)),
        Parameter(mu1, Rational(-1, 3)),
        Parameter(L00, Rational(6, 5), lower=S.Zero),
        Parameter(L10, Rational(2, 5)),
        Parameter(L11, Rational(3, 4), lower=S.Zero),
    ),
    support=(Support(-oo, oo), Support(-oo, oo)),
    log_density=-(z0**2) / 2 - z1**2 / 2 - log(L00) - log(L11) - log(2 * pi),
    transport=Transport(
        noise=Law("multivariate_normal", 0, 0, 1, 0, 1),
        map=(mu0 + L00 * b0, mu1 + L10 * b0 + L11 * b1),
        form="location_scale",
    ),
    moment=moment,
    reference="MultivariateNormal(loc=mu, scale_tril=L)",
    source="Johnson, Kotz, Balakrishnan, Continuous Multivariate Distributions 1, ch. 46",
)
