"""Incomplete integrals of the von Mises density and its derivatives in the concentration."""

from __future__ import annotations

from typing import Any

from flint import acb, arb, ctx
from sympy import Expr, S, cos, exp
from sympy.core.function import ArgumentIndexError
from sympy.printing.latex import LatexPrinter

from derive.special.base import BallFunction, whole


class circular(BallFunction):
    """``integral of cos(t)**n * exp(kappa*cos(t)) over 0 < t < x``, the n-th derivative in kappa; odd in x.

    Requires: n a whole number. Entire in kappa and x. Source: Mardia, Jupp, Directional Statistics, 3.5.4.
    """

    nargs = (3,)

    @classmethod
    def eval(cls, kappa: Expr, x: Expr, n: Expr) -> Expr | None:
        if x.is_zero:
            return S.Zero
        return -cls(kappa, -x, n) if x.could_extract_minus_sign() else None

    def fdiff(self, argindex: int = 1) -> Expr:
        kappa, x, n = self.args
        if argindex == 1:
            return circular(kappa, x, n + 1)
        if argindex == 2:
            return cos(x) ** n * exp(kappa * cos(x))
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool | None:
        kappa, x, _ = self.args
        return True if kappa.is_real and x.is_real else None

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        kappa, x, n = map(printer.doprint, self.args)
        order = "" if self.args[2] == 0 else f"^{{({n})}}"
        body = rf"\mathrm{{W}}{order}\left({kappa}, {x}\right)"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        kappa, x, n = arguments
        return cls.between(kappa, acb(0), x, whole(n, "the power of the cosine"))

    @classmethod
    def between(cls, kappa: acb, low: acb, high: acb, n: int) -> acb:
        """The integral from ``low`` to ``high``; the integrand is entire, so any path will do."""

        def integrand(t: acb, _analytic: bool) -> Any:
            c = t.cos()
            return c**n * (kappa * c).exp()

        goal = arb(2) ** -ctx.prec
        return acb.integral(integrand, low, high, rel_tol=goal, abs_tol=goal * (-abs(kappa)).exp())
