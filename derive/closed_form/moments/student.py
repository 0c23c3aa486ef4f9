"""Moments of atoms under Student's t law.

With p the standard density, ((nu + z**2) z**(n-1) p)' = (n-1) nu z**(n-2) p - (nu - n) z**n p reduces
partial moments to the distribution function.
Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, ch. 28 (the characteristic
function: Hurst, The characteristic function of the Student t distribution, 1995).
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

from sympy import Abs, Add, Expr, I, S, besselk, exp, gamma, pi, sign, sqrt
from sympy.core.relational import Relational

from derive.closed_form.moments.conditions import (
    is_whole_line,
    needs,
    real_part,
    refuse,
    refuse_heavy,
    whole_number,
)
from derive.closed_form.quick import greater, unequal
from derive.errors import NoClosedForm
from derive.family import Atom, Moment
from derive.special import student_cdf


@lru_cache(maxsize=4096)
def student_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """``E[atom]`` for ``a ~ student_t(nu, mu, sigma)``.

    Requires a whole power n without logarithm, ``nu > n`` where the cell is infinite, and an
    imaginary rate on the whole line only. Raises ``NoClosedForm`` and ``NoExpectation``.
    """
    nu, mu, sigma = parameters
    refuse_heavy(atom, "student_t")
    n = whole_number(atom, "student_t")
    if atom.rate == 0:
        requires = _exists(n, atom, nu)
        parts = _standard(n, _centred(atom.lower, mu, sigma), _centred(atom.upper, mu, sigma), nu)
        there = (k for k in range(n + 1) if parts[k] != 0)
        value = Add(*(comb(n, k) * mu ** (n - k) * sigma**k * parts[k] for k in there))
        return Moment(value, requires)
    if is_whole_line(atom) and real_part(atom.rate) == 0:
        return Moment(_wave(n, -I * atom.rate, nu, mu, sigma), _exists(n, atom, nu))
    raise refuse(atom, "student_t", f" on ({atom.lower}, {atom.upper})")


def _exists(n: int, atom: Atom, nu: Expr) -> tuple[Relational, ...]:
    """``nu > n`` for an infinite cell; on a bounded one the recursion only must not divide by zero."""
    if atom.lower is S.NegativeInfinity or atom.upper is S.Infinity:
        why = f"E[a**{n}] does not exist under the student_t law with nu = {nu}: it needs nu > {n}"
        return needs(greater(nu, n), else_diverges=why) if n else ()
    distinct = tuple(unequal(nu, k) for k in range(1, n + 1))
    if S.false in distinct:
        raise NoClosedForm(f"no closed form is known for a**{n} on a bounded cell where nu = {nu}")
    return tuple(relation for relation in distinct if relation != S.true)


def _centred(end: Expr, mu: Expr, sigma: Expr) -> Expr:
    return end if end.is_infinite else (end - mu) / sigma


def _standard(n: int, low: Expr, high: Expr, nu: Expr) -> list[Expr]:
    """``integral of z**k p(z)`` over the cell for k = 0, ..., n."""
    parts = [_mass(low, high, nu)]
    for k in range(1, n + 1):
        before = (k - 1) * nu * parts[k - 2] if k > 1 else S.Zero
        whole = before + _edge(k, low, nu) - _edge(k, high, nu)
        # 0/(nu - k) makes SymPy search for a proof that nu - k is finite.
        parts.append(whole / (nu - k) if whole != 0 else S.Zero)
    return parts


def _edge(k: int, z: Expr, nu: Expr) -> Expr:
    """``z**(k-1) (nu + z**2) p(z)``, which vanishes at infinity where nu > k."""
    if z.is_infinite:
        return S.Zero
    constant = sqrt(nu) * gamma((nu + 1) / 2) / (sqrt(pi) * gamma(nu / 2))
    return z ** (k - 1) * constant * (1 + z**2 / nu) ** ((1 - nu) / 2)


def _mass(low: Expr, high: Expr, nu: Expr) -> Expr:
    """``P(low < z < high)``, for an upper tail by symmetry."""
    if high is S.Infinity:
        return student_cdf(nu, -low)
    return student_cdf(nu, high) - student_cdf(nu, low)


def _wave(n: int, w: Expr, nu: Expr, mu: Expr, sigma: Expr) -> Expr:
    """``E[a**n exp(i*w*a)]`` for w != 0: derivatives of ``x**(nu/2) K_(nu/2)(x)``, x = sqrt(nu)*sigma*|w|."""
    scale, order = sqrt(nu) * sigma, nu / 2
    x = scale * Abs(w)
    total = S.Zero
    for k in range(n + 1):
        slope = Add(*(c * x ** (order - i) * besselk(order - j, x) for (i, j), c in _bessel_slope(k).items()))
        total += comb(n, k) * mu ** (n - k) * (-I * sign(w) * scale) ** k * slope
    return total * exp(I * mu * w) * 2 ** (1 - order) / gamma(order)


def _bessel_slope(k: int) -> dict[tuple[int, int], int]:
    """The k-th derivative of ``x**q K_q(x)`` as coefficients of ``x**(q-i) K_(q-j)(x)``.

    From (x**p K_q)' = (p - q) x**(p-1) K_q - x**p K_(q-1), DLMF 10.29.2.
    """
    terms = {(0, 0): 1}
    for _ in range(k):
        grown: dict[tuple[int, int], int] = {}
        for (i, j), c in terms.items():
            grown[i, j + 1] = grown.get((i, j + 1), 0) - c
            if i != j:
                grown[i + 1, j] = grown.get((i + 1, j), 0) + (j - i) * c
        terms = grown
    return terms
