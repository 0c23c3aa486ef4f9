"""Moments of atoms under the logistic law, the logit of a uniform variable.

Whole moments come from the generating function exp(mu*t)*pi*s*t/sin(pi*s*t). Beyond a point c they
are Fermi-Dirac functions, E[(a - c)**k; a > c] = k! s**k F_(k-1)((mu - c)/s), by parts from the survival
function; with exp(t*a) they are incomplete beta integrals in u = F(a).
Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 23; DLMF 25.12.16.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb, factorial

from sympy import Abs, Add, Expr, S, exp, gamma, pi, polygamma, sin
from sympy.core.relational import Relational

from derive.closed_form.moments.conditions import is_whole_line, needs, real_part, whole_number
from derive.closed_form.moments.cumulants import from_cumulants
from derive.closed_form.quick import greater, less
from derive.family import Atom, Moment
from derive.special import fermi_dirac, lowerbeta_log


@lru_cache(maxsize=4096)
def logistic_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ logistic(mu, s)``.

    Requires a whole power without logarithm, and ``s * Re(rate)`` below 1 where the cell reaches
    infinity and above -1 where it reaches minus infinity. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    mu, s = parameters
    n = whole_number(atom, "logistic")
    requires = _exists(atom, s)
    if is_whole_line(atom):
        return Moment(_whole(n, atom.rate, mu, s), requires)
    if atom.rate == 0:
        return Moment(_beyond(n, atom.lower, mu, s) - _beyond(n, atom.upper, mu, s), requires)
    return Moment(_tilted(n, atom, mu, s), requires)


def _exists(atom: Atom, s: Expr) -> tuple[Relational, ...]:
    rate, why = real_part(atom.rate), f"E[exp({atom.rate}*a)] diverges under the logistic law: it needs "
    if is_whole_line(atom):
        return needs(less(s * Abs(rate), 1), else_diverges=f"{why}s*|{rate}| < 1")
    if atom.upper is S.Infinity:
        return needs(less(s * rate, 1), else_diverges=f"{why}s*{rate} < 1")
    if atom.lower is S.NegativeInfinity:
        return needs(greater(s * rate, -1), else_diverges=f"{why}s*{rate} > -1")
    return ()


def _whole(n: int, t: Expr, mu: Expr, s: Expr) -> Expr:
    z = s * t
    cumulants = [s**k * _standard_cumulant(k, z) + (mu if k == 1 else 0) for k in range(1, n + 1)]
    # The sine form is 0/0 at t = 0, the gamma form is not.
    weight = pi * z / sin(pi * z) if t.is_zero is False else gamma(1 + z) * gamma(1 - z)
    return exp(mu * t) * weight * from_cumulants(cumulants)


def _standard_cumulant(k: int, z: Expr) -> Expr:
    """The k-th derivative of ``log(Gamma(1 + z) Gamma(1 - z))``."""
    return polygamma(k - 1, 1 + z) + (-1) ** k * polygamma(k - 1, 1 - z)


def _beyond(n: int, c: Expr, mu: Expr, s: Expr) -> Expr:
    """``E[a**n; a > c]`` as the binomial sum of ``E[(a - c)**k; a > c] c**(n-k)``."""
    if c is S.Infinity:
        return S.Zero
    if c is S.NegativeInfinity:
        return _whole(n, S.Zero, mu, s)
    x = (mu - c) / s
    return Add(
        *(comb(n, k) * c ** (n - k) * factorial(k) * s**k * fermi_dirac(k - 1, x) for k in range(n + 1))
    )


def _tilted(n: int, atom: Atom, mu: Expr, s: Expr) -> Expr:
    """``E[a**n exp(t*a)]`` on a cell, from the end at which the weight does not grow."""
    if atom.lower is S.NegativeInfinity:
        return _below(n, atom.rate, atom.upper, mu, s)
    if atom.upper is S.Infinity or real_part(atom.rate).is_negative:
        return _mirrored(n, atom.rate, atom.lower, mu, s) - _mirrored(n, atom.rate, atom.upper, mu, s)
    return _below(n, atom.rate, atom.upper, mu, s) - _below(n, atom.rate, atom.lower, mu, s)


def _mirrored(n: int, t: Expr, c: Expr, mu: Expr, s: Expr) -> Expr:
    """The part beyond ``c``, by a -> -a, which turns logistic(mu, s) into logistic(-mu, s)."""
    return S.Zero if c is S.Infinity else (-1) ** n * _below(n, -t, -c, -mu, s)


def _below(n: int, t: Expr, c: Expr, mu: Expr, s: Expr) -> Expr:
    """``E[a**n exp(t*a); a < c]`` with a = mu + s*(log(u) - log(1-u)), u < F(c)."""
    u, z = 1 / (1 + exp((mu - c) / s)), s * t
    terms = []
    for i in range(n + 1):
        for k in range(i + 1):
            factor = comb(n, i) * comb(i, k) * (-1) ** k * mu ** (n - i) * s**i
            terms.append(factor * lowerbeta_log(1 + z, 1 - z, u, i - k, k))
    return exp(mu * t) * Add(*terms)
