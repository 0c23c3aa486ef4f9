"""The Dirichlet law on the triangle, in its two free coordinates ``a[0]`` and ``a[1]``.

An integrand may use ``a[2]``, which is ``1 - a[0] - a[1]``. A shape moves its own coordinate as that of the
beta law of its marginal, and the others in proportion, as Torch's implicit gradient does.
"""

from __future__ import annotations

from sympy import Expr, Rational, S, Symbol, log, loggamma

from derive.errors import NoClosedForm
from derive.family import Atom, Family, Moment, Parameter, Support
from derive.special import beta_velocity
from derive.terms import sample_symbols

alpha0, alpha1, alpha2 = (Symbol(f"alpha[{i}]", positive=True) for i in range(3))
a0, a1 = sample_symbols(2)
a2 = 1 - a0 - a1
total = alpha0 + alpha1 + alpha2


def moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """Atoms are of one variable; expectations on the simplex are ``closed_form/simplex.py``'s."""
    raise NoClosedForm("a law on a simplex has no moments of one variable")


def towards(i: int, own: Symbol) -> tuple[Expr, Expr]:
    """The velocity towards corner ``i``, at which only coordinate ``i`` is not zero."""
    here = (a0, a1, a2)[i]
    speed = beta_velocity(own, total - own, here) / (1 - here)
    corner = (S.One, S.Zero, S.Zero) if i == 0 else (S.Zero, S.One, S.Zero) if i == 1 else (S.Zero,) * 3
    return speed * (corner[0] - a0), speed * (corner[1] - a1)


FAMILY = Family(
    name="dirichlet",
    parameters=(
        Parameter(alpha0, Rational(12, 5), lower=S.Zero),
        Parameter(alpha1, Rational(7, 4), lower=S.Zero),
        Parameter(alpha2, Rational(16, 5), lower=S.Zero),
    ),
    support=(Support(S.Zero, S.One), Support(S.Zero, 1 - a0)),
    log_density=(alpha0 - 1) * log(a0)
    + (alpha1 - 1) * log(a1)
    + (alpha2 - 1) * log(a2)
    + loggamma(total)
    - loggamma(alpha0)
    - loggamma(alpha1)
    - loggamma(alpha2),
    transport=None,
    moment=moment,
    reference="Dirichlet(concentration=alpha)",
    source="Johnson, Kotz, Balakrishnan, Continuous Multivariate Distributions 1, ch. 49",
    velocities=((alpha0, towards(0, alpha0)), (alpha1, towards(1, alpha1)), (alpha2, towards(2, alpha2))),
    determined=(("a[2]", a2),),
)
