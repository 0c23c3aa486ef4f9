"""Incomplete gamma integrals with a power of the logarithm: derivatives of gamma(s, x) in s."""

from __future__ import annotations

from math import comb, factorial
from typing import ClassVar

from flint import acb, acb_series, arb, ctx
from sympy import EulerGamma, Expr, Integer, S, exp, expint, log, lowergamma, uppergamma
from sympy.core.function import ArgumentIndexError
from sympy.printing.latex import LatexPrinter

from derive.special.base import BallFunction, whole


class _GammaIntegral(BallFunction):
    _sign: ClassVar[int]
    _letter: ClassVar[str]
    nargs = (3,)

    def fdiff(self, argindex: int = 1) -> Expr:
        s, x, n = self.args
        if argindex == 1:
            return self.func(s, x, n + 1)
        if argindex == 2:
            return self._sign * exp(-x) * x ** (s - 1) * log(x) ** n
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool | None:
        s, x, _ = self.args
        return True if s.is_real and x.is_positive else None

    def _eval_conjugate(self) -> Expr | None:
        s, x, n = self.args
        return self.func(s.conjugate(), x, n) if x.is_positive else None

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        s, x, n = self.args
        order = "" if n == 0 else f"^{{({printer.doprint(n)})}}"
        body = rf"{self._letter}{order}\left({printer.doprint(s)}, {printer.doprint(x)}\right)"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"


class lowergamma_log(_GammaIntegral):
    """``integral of y**(s - 1) * log(y)**n * exp(-y) over 0 < y < x``, the n-th derivative in s.

    Requires: n a whole number; elsewhere than at Re s > 0 the analytic continuation in s, which has
    poles at 0, -1, ...; principal branch of the logarithm in x. Source: DLMF 8.2.1, 8.7.1.
    """

    _sign = 1
    _letter = r"\gamma"

    @classmethod
    def eval(cls, s: Expr, x: Expr, n: Expr) -> Expr | None:
        if x.is_zero and s.is_positive:
            return S.Zero
        if s.is_number and n == 0:
            return lowergamma(s, x)
        if s == 1 and n == 1:
            # By parts, with Ein(x) = E1(x) + log(x) + EulerGamma (DLMF 6.2.3).
            return -EulerGamma - exp(-x) * log(x) - expint(1, x)
        if _steps_down(s, n):
            r = s - 1
            return r * cls(r, x, n) + n * cls(r, x, n - 1) - x**r * log(x) ** n * exp(-x)
        return None

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        s, x, n = arguments
        return _lower(s, x, whole(n, "the power of the logarithm"))


class uppergamma_log(_GammaIntegral):
    """``integral of y**(s - 1) * log(y)**n * exp(-y) over y > x``, the n-th derivative in s; entire in s.

    Requires: n a whole number; principal branch of the logarithm in x. Source: DLMF 8.2.2.
    """

    _sign = -1
    _letter = r"\Gamma"

    @classmethod
    def eval(cls, s: Expr, x: Expr, n: Expr) -> Expr | None:
        if s.is_number and n == 0:
            return uppergamma(s, x)
        if s == 1 and n == 1:
            return exp(-x) * log(x) + expint(1, x)
        if _steps_down(s, n):
            r = s - 1
            return r * cls(r, x, n) + n * cls(r, x, n - 1) + x**r * log(x) ** n * exp(-x)
        return None

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        s, x, n = arguments
        return _upper(s, x, whole(n, "the power of the logarithm"))


def _steps_down(s: Expr, n: Expr) -> bool:
    return isinstance(s, Integer) and isinstance(n, Integer) and int(s) > 1 and int(n) > 0


def _lower(s: acb, x: acb, n: int) -> acb:
    """The series of DLMF 8.7.1, differentiated term by term: a sum of hypergeometric functions."""
    if n == 0:
        return x.gamma_lower(s)
    if _is_far(s, x, n):
        return _complete(s, n) + _tail(s, x.real, n)
    total = acb(0)
    for j in range(n + 1):
        series = (-x).hypgeom([s] * (j + 1), [s + 1] * (j + 1))
        power = x.log() ** (n - j) if n > j else acb(1)
        total += comb(n, j) * (-1) ** j * factorial(j) * power * series / s ** (j + 1)
    return total * x**s


def _upper(s: acb, x: acb, n: int) -> acb:
    if n == 0:
        return x.gamma_upper(s)
    pole = s.unique_fmpz()
    if pole is None or pole > 0:
        return _complete(s, n) - _lower(s, x, n)
    edge = x**s * x.log() ** n * (-x).exp()
    if pole == 0:  # by parts, with log(y)**(n+1)/(n+1) as the antiderivative of log(y)**n/y
        return (_upper(acb(1), x, n + 1) - edge * x.log()) / (n + 1)
    return (_upper(s + 1, x, n) - n * _upper(s, x, n - 1) - edge) / s


def _complete(s: acb, n: int) -> acb:
    """The n-th derivative of the gamma function."""
    return acb_series([s, 1], n + 1).gamma()[n] * factorial(n)


def _is_far(s: acb, x: acb, n: int) -> bool:
    """Whether what lies beyond x is below the working precision, where the series would be hopeless."""
    return x.imag.is_zero() and x.real > ctx.prec + 64 and x.real > 2 * (abs(s.real) + n) + 3


def _tail(s: acb, x: arb, n: int) -> acb:
    """A ball about 0 that holds the integral beyond x.

    For y >= x > 2*(Re s + n) + 3 the modulus of the integrand divided by exp(-y/2) falls, so the
    integral is at most that quotient at x, times the integral of exp(-y/2), 2*exp(-x/2).
    """
    bound = (2 * x ** (s.real - 1) * x.log() ** n * (-x).exp()).abs_upper()
    return acb(arb(0, bound), arb(0, bound))
