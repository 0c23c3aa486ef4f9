"""How fast the velocities of implicit reparametrization grow towards the ends: bounds for ``derive.growth``.

Near an end the level ``F`` or ``1 - F`` is a power, or an exponential, times what is smooth in the shape, so
that ``v = -(dF/dtheta)/p`` is the distance to a finite end times its logarithm at most, ``log x`` at the far
end of a gamma law and ``z log z`` at those of a t law.
"""

from __future__ import annotations

from typing import Protocol

from sympy import Expr, S

from .orders import LOGLOG, Growth, Scale
from .special import beta_velocity, gamma_velocity, student_velocity, von_mises_velocity


class Calculus(Protocol):
    """What of the calculus of growth is used here."""

    def growth(self, f: Expr) -> Growth: ...

    def leading(self, growth: Growth) -> tuple[Scale, Expr] | None: ...

    def sign(self, expr: Expr) -> int: ...


_LOGARITHM = Growth(((LOGLOG, S.One),), exact=False)


def velocity_bound(f: Expr, calculus: Calculus) -> Growth | None:
    """A bound on the growth of a velocity; None for another function."""
    if isinstance(f, von_mises_velocity):
        return Growth((), exact=False)
    if not isinstance(f, (beta_velocity, gamma_velocity, student_velocity)):
        return None
    inner = calculus.growth(f.args[-1])
    top = calculus.leading(inner)
    if top is None:
        return Growth((), exact=False)
    far = calculus.sign(top[1]) > 0
    if isinstance(f, gamma_velocity) and far:
        return _LOGARITHM
    # Towards 0 the argument times its logarithm, which may itself grow like the scale below.
    return Growth((inner + _LOGARITHM).terms, exact=False)
