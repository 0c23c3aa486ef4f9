"""Moments of atoms under the Weibull law, a power of an exponential variable.

a = scale*y**(1/shape) with y ~ exponential(1) makes powers of a powers of y: gamma functions, their
derivatives for logarithms, and incomplete gamma integrals on cells.
Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 21.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

from sympy import Add, Dummy, Expr, S, erf, exp, gamma, log, pi, polygamma, sqrt

from derive.closed_form.moments.conditions import HIGHEST_POWER, needs, real_part, refuse
from derive.closed_form.moments.cumulants import from_cumulants
from derive.closed_form.moments.gumbel import log_gamma_cell
from derive.closed_form.quick import greater, less
from derive.errors import NoExpectation
from derive.family import Atom, Moment


@lru_cache(maxsize=4096)
def weibull_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ weibull(scale, shape)``.

    Requires ``power > -shape`` where the cell reaches 0; an exponential only on the whole half line
    where shape is the number 1 or 2. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    scale, shape = parameters
    if atom.logs > HIGHEST_POWER:
        raise refuse(atom, "weibull")
    if atom.rate != 0:
        return _exponential(atom, scale, shape)
    s, j = atom.power, atom.logs
    requires = ()
    if atom.lower == 0:
        why = f"E[a**({s})] diverges at 0 under the weibull law: it needs {s} > -{shape}"
        requires = () if (shape + s).is_positive else needs(greater(shape, -s), else_diverges=why)
        if atom.upper is S.Infinity:
            return Moment(_whole(s, j, scale, shape), requires)
    low = S.Zero if atom.lower == 0 else (atom.lower / scale) ** shape
    high = S.Infinity if atom.upper is S.Infinity else (atom.upper / scale) ** shape
    terms = []
    for i in range(j + 1):
        factor = comb(j, i) * log(scale) ** (j - i) / shape**i
        terms.append(factor * log_gamma_cell(1 + s / shape, i, low, high))
    return Moment(scale**s * Add(*terms), requires)


def _whole(s: Expr, j: int, scale: Expr, shape: Expr) -> Expr:
    p = 1 + s / shape
    cumulants = [polygamma(m - 1, p) / shape**m + (log(scale) if m == 1 else 0) for m in range(1, j + 1)]
    return scale**s * gamma(p) * from_cumulants(cumulants)


def _exponential(atom: Atom, scale: Expr, shape: Expr) -> Moment:
    """The exponential law (shape 1) and the Rayleigh law (shape 2) alone have a generating function."""
    real = real_part(atom.rate)
    if atom.upper is S.Infinity and real.is_positive and (shape - 1).is_negative:
        raise NoExpectation(f"E[exp({atom.rate}*a)] diverges under the weibull law with shape {shape} < 1")
    whole = atom.lower == 0 and atom.upper is S.Infinity and atom.logs == 0
    if whole and shape == 1:
        why = f"E[exp({atom.rate}*a)] diverges: it needs {scale}*{atom.rate} < 1"
        requires = needs(less(scale * real, 1), greater(atom.power, -1), else_diverges=why)
        value = gamma(1 + atom.power) * scale**atom.power / (1 - scale * atom.rate) ** (1 + atom.power)
        return Moment(value, requires)
    if whole and shape == 2 and atom.power.is_Integer and 0 <= atom.power <= HIGHEST_POWER:
        t = Dummy("t")
        x = scale * t / 2
        generating = 1 + sqrt(pi) * x * exp(x**2) * (1 + erf(x))
        return Moment(generating.diff(t, int(atom.power)).xreplace({t: atom.rate}))
    raise refuse(atom, "weibull")
