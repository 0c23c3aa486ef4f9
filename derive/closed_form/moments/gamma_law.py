"""Moments of atoms under the gamma law: powers, logarithms and exponentials, on the half line and on cells.

The density shifts the atom's own power by ``shape - 1`` and its rate by ``-rate``; what is left is a gamma
integral, complete on the half line and incomplete on a cell.
Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 17.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from sympy import Expr, S, gamma, log, polygamma
from sympy.core.relational import Relational

from derive.closed_form.moments.conditions import HIGHEST_POWER, needs, real_part, refuse
from derive.closed_form.moments.cumulants import from_cumulants
from derive.closed_form.moments.polyexp import integral
from derive.closed_form.moments.ratios import rising
from derive.closed_form.quick import greater, less
from derive.family import Atom, Moment


@lru_cache(maxsize=4096)
def gamma_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ gamma(shape, rate)``.

    Requires ``power > -shape`` where the cell reaches 0 and ``Re(rate of the atom) < rate`` where it reaches
    infinity. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    shape, rate = parameters
    if atom.logs > HIGHEST_POWER:
        raise refuse(atom, "gamma")
    requires = _exists(atom, shape, rate)
    if atom.lower == 0 and atom.upper is S.Infinity:
        return Moment(_whole(atom, shape, rate), requires)
    part = integral(replace(atom, power=atom.power + shape - 1), atom.rate - rate)
    return Moment(rate**shape / gamma(shape) * part.value, requires)


def _exists(atom: Atom, shape: Expr, rate: Expr) -> tuple[Relational, ...]:
    found: tuple[Relational, ...] = ()
    if atom.lower == 0 and not (shape + atom.power).is_positive:
        why = f"E[a**({atom.power})] diverges at 0 under the gamma law: it needs {atom.power} > -{shape}"
        found += needs(greater(shape, -atom.power), else_diverges=why)
    if atom.upper is S.Infinity:
        real = real_part(atom.rate)
        why = f"E[exp({atom.rate}*a)] diverges under the gamma law: it needs {atom.rate} < {rate}"
        found += needs(less(real, rate), else_diverges=why) if not (rate - real).is_positive else ()
    return found


def _whole(atom: Atom, shape: Expr, rate: Expr) -> Expr:
    """``(rate/c)**shape c**-s Gamma(shape + s)/Gamma(shape)`` with ``c = rate - t``; log(a) is d/ds."""
    c, s = rate - atom.rate, atom.power
    cumulants = [polygamma(k - 1, shape + s) - (log(c) if k == 1 else 0) for k in range(1, atom.logs + 1)]
    tilt = S.One if atom.rate == 0 else rate**shape * c**-shape
    return tilt * c**-s * rising(shape, s) * from_cumulants(cumulants)
