"""Moments under the von Mises law: waves that close on the circle.

Source: Mardia, Jupp, Directional Statistics (2000), section 3.5.4, equation 3.5.27.
"""

from __future__ import annotations

from sympy import Abs, Expr, I, S, besseli, exp, pi

from derive.closed_form.moments.conditions import refuse
from derive.family import Atom, Moment


def von_mises_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[exp(i n a)] = I_n(kappa)/I_0(kappa) exp(i n mu)`` for whole n, on the whole circle.

    Raises ``NoClosedForm`` for anything else: powers of the angle, other rates, arcs.
    """
    mu, kappa = parameters
    turns = atom.rate / I
    whole = (atom.lower, atom.upper) == (-pi, pi)
    if not (whole and turns.is_Integer and atom.power == 0 and atom.logs == 0):
        raise refuse(atom, "von_mises")
    if turns == 0:
        return Moment(S.One)
    return Moment(besseli(Abs(turns), kappa) / besseli(0, kappa) * exp(I * turns * mu))
