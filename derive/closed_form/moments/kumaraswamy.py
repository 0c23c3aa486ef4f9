"""Moments of atoms under the Kumaraswamy law: powers and logarithms, by beta integrals.

v = a**a1 has the density b1*(1-v)**(b1-1) on (0, 1), which makes powers of a powers of v.
Source: Jones, Kumaraswamy's distribution, Statistical Methodology 6 (2009), sections 2 and 3.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr, gamma, polygamma
from sympy.core.relational import Relational

from derive.closed_form.moments.conditions import HIGHEST_POWER, needs, refuse
from derive.closed_form.moments.cumulants import from_cumulants
from derive.closed_form.quick import greater
from derive.family import Atom, Moment
from derive.special import lowerbeta_log


@lru_cache(maxsize=4096)
def kumaraswamy_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ kumaraswamy(a1, b1)``.

    Requires rate 0, and ``power > -a1`` where the cell reaches 0. Raises ``NoClosedForm`` and
    ``NoExpectation``.
    """
    a1, b1 = parameters
    if atom.rate != 0 or atom.logs > HIGHEST_POWER:
        raise refuse(atom, "kumaraswamy")
    if atom.power == 0 and atom.logs == 0:
        return Moment((1 - atom.lower**a1) ** b1 - (1 - atom.upper**a1) ** b1)
    requires = _exists(atom, a1)
    if atom.lower == 0 and atom.upper == 1:
        return Moment(_whole(atom.power, atom.logs, a1, b1), requires)
    return Moment(b1 * _cell(atom, a1, b1) / a1**atom.logs, requires)


def _exists(atom: Atom, a1: Expr) -> tuple[Relational, ...]:
    if atom.lower != 0:
        return ()
    why = f"E[a**({atom.power})] diverges at 0 under the kumaraswamy law: it needs {atom.power} > -{a1}"
    return () if (a1 + atom.power).is_positive else needs(greater(a1, -atom.power), else_diverges=why)


def _whole(s: Expr, j: int, a1: Expr, b1: Expr) -> Expr:
    p = 1 + s / a1
    cumulants = [(polygamma(m - 1, p) - polygamma(m - 1, p + b1)) / a1**m for m in range(1, j + 1)]
    return gamma(p) * gamma(b1 + 1) / gamma(p + b1) * from_cumulants(cumulants)


def _cell(atom: Atom, a1: Expr, b1: Expr) -> Expr:
    """``integral of v**(s/a1) (1-v)**(b1-1) log(v)**j`` over the image of the cell."""
    p, j = 1 + atom.power / a1, atom.logs
    if atom.upper == 1:
        return lowerbeta_log(b1, p, 1 - atom.lower**a1, 0, j)
    high = lowerbeta_log(p, b1, atom.upper**a1, j, 0)
    return high if atom.lower == 0 else high - lowerbeta_log(p, b1, atom.lower**a1, j, 0)
