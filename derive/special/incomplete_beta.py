"""The incomplete beta integral with powers of both logarithms: derivatives of B(x; p, q) in p and q."""

from __future__ import annotations

from functools import cache
from math import comb, factorial

from flint import acb, acb_series, arb
from sympy import Expr, S, log
from sympy.core.function import ArgumentIndexError
from sympy.printing.latex import LatexPrinter

from derive.special.base import BallFunction, whole


class lowerbeta_log(BallFunction):
    """``integral of u**(p-1) * (1-u)**(q-1) * log(u)**m * log(1-u)**n over 0 < u < x``, for 0 < x < 1.

    Requires: m and n whole numbers; Re p > 0 for the integral, elsewhere its analytic continuation,
    which has poles at p = 0, -1, ... Source: DLMF 8.17.1, 8.17.7, differentiated in p and q.
    """

    nargs = (5,)

    @classmethod
    def eval(cls, p: Expr, q: Expr, x: Expr, m: Expr, n: Expr) -> Expr | None:
        if x.is_zero and p.is_positive:
            return S.Zero
        if m == 0 and n == 0 and p == 1 and q.is_nonzero:
            return (1 - (1 - x) ** q) / q
        if m == 0 and n == 0 and q == 1 and p.is_positive:
            return x**p / p
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        p, q, x, m, n = self.args
        if argindex == 1:
            return self.func(p, q, x, m + 1, n)
        if argindex == 2:
            return self.func(p, q, x, m, n + 1)
        if argindex == 3:
            return x ** (p - 1) * (1 - x) ** (q - 1) * log(x) ** m * log(1 - x) ** n
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool | None:
        p, q = self.args[:2]
        return True if p.is_real and q.is_real else None

    def _eval_conjugate(self) -> Expr:
        p, q, x, m, n = self.args
        return self.func(p.conjugate(), q.conjugate(), x, m, n)

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        p, q, x, m, n = map(printer.doprint, self.args)
        order = "" if self.args[3:] == (0, 0) else f"^{{({m}, {n})}}"
        body = rf"\mathrm{{B}}{order}\left({x}; {p}, {q}\right)"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        """As of the base; indeterminate where x may lie outside (0, 1)."""
        p, q, x, m, n = arguments
        if not (x.imag.is_zero() and x.real > 0 and x.real < 1):
            return acb("nan")
        i, j = whole(m, "the power of log(u)"), whole(n, "the power of log(1-u)")
        if x.real.mid() <= arb("0.5"):
            return _near_zero(p, q, x, i, j)
        return complete(p, q, i, j) - _near_zero(q, p, 1 - x, j, i)


def _near_zero(p: acb, q: acb, x: acb, m: int, n: int) -> acb:
    """The binomial series of (1-u)**(q-1), integrated and then differentiated term by term.

    Its n-th derivative in q is the n-th coefficient of a hypergeometric function of a power series.
    """
    moved = acb_series([1 - q, -1], n + 1)
    total = acb(0)
    for j in range(m + 1):
        above = [moved] + [_constant(p, n)] * (j + 1)
        below = [_constant(p + 1, n)] * (j + 1)
        series = acb_series.hypgeom(above, below, _constant(x, n))[n]
        power = x.log() ** (m - j) if m > j else acb(1)
        total += comb(m, j) * (-1) ** j * factorial(j) * power * series / p ** (j + 1)
    return total * factorial(n) * x**p


def complete(p: acb, q: acb, m: int, n: int) -> acb:
    """The m-th derivative in p and n-th in q of the beta function, by Leibniz on those of its logarithm."""

    @cache
    def value(i: int, j: int) -> acb:
        if i == 0 and j == 0:
            return p.gamma() * q.gamma() * (p + q).rgamma()
        if i == 0:
            terms = (comb(j - 1, k) * value(0, j - 1 - k) * slope(q, 0, k) for k in range(j))
        else:
            terms = (
                comb(i - 1, h) * comb(j, k) * value(i - 1 - h, j - k) * slope(p, k, h)
                for h in range(i)
                for k in range(j + 1)
            )
        return sum(terms, acb(0))

    def slope(own: acb, mixed: int, order: int) -> acb:
        """The derivative of log B, once and ``order`` times in ``own`` and ``mixed`` times in the other."""
        shared = (p + q).polygamma(mixed + order)
        return -shared if mixed else own.polygamma(order) - shared

    return value(m, n)


def _constant(value: acb, n: int) -> acb_series:
    return acb_series([value], n + 1)
