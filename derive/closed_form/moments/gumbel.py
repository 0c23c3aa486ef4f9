"""Moments of atoms under the Gumbel law, which is minus the logarithm of an exponential variable.

a = mu - beta*log(y) with y ~ exponential(1) turns exp(t*a) into exp(mu*t)*y**(-beta*t), so that whole
moments are derivatives of exp(mu*t)*Gamma(1 - beta*t) and cells are incomplete gamma integrals.
Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 22.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

from sympy import Add, Expr, S, exp, gamma, polygamma

from derive.closed_form.moments.conditions import is_whole_line, needs, real_part, whole_number
from derive.closed_form.moments.cumulants import from_cumulants
from derive.closed_form.quick import less
from derive.family import Atom, Moment
from derive.special import lowergamma_log, uppergamma_log


@lru_cache(maxsize=4096)
def gumbel_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ gumbel(mu, beta)``.

    Requires a whole power without logarithm and ``beta * Re(rate) < 1`` where the cell reaches
    infinity. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    mu, beta = parameters
    n = whole_number(atom, "gumbel")
    requires = ()
    if atom.upper is S.Infinity:
        why = f"E[exp({atom.rate}*a)] diverges under the gumbel law: it needs beta*{atom.rate} < 1"
        requires = needs(less(beta * real_part(atom.rate), 1), else_diverges=why)
    value = _whole(n, atom.rate, mu, beta) if is_whole_line(atom) else _cell(n, atom, mu, beta)
    return Moment(value, requires)


def _whole(n: int, t: Expr, mu: Expr, beta: Expr) -> Expr:
    s = 1 - beta * t
    cumulants = [(-beta) ** k * polygamma(k - 1, s) + (mu if k == 1 else 0) for k in range(1, n + 1)]
    return exp(mu * t) * gamma(s) * from_cumulants(cumulants)


def _cell(n: int, atom: Atom, mu: Expr, beta: Expr) -> Expr:
    """The binomial sum of (mu - beta*log y)**n over the image of the cell."""
    s = 1 - beta * atom.rate
    low = S.Zero if atom.upper is S.Infinity else exp((mu - atom.upper) / beta)
    high = S.Infinity if atom.lower is S.NegativeInfinity else exp((mu - atom.lower) / beta)
    terms = []
    for k in range(n + 1):
        part = comb(n, k) * mu ** (n - k) * (-beta) ** k
        terms.append(part * log_gamma_cell(s, k, low, high))
    return exp(mu * atom.rate) * Add(*terms)


def log_gamma_cell(s: Expr, k: int, low: Expr, high: Expr) -> Expr:
    """``integral of y**(s-1) log(y)**k exp(-y)`` over a cell that is not the whole half line."""
    if low == 0:
        return lowergamma_log(s, high, k)
    far = S.Zero if high is S.Infinity else uppergamma_log(s, high, k)
    return uppergamma_log(s, low, k) - far
