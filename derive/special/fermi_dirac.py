"""Fermi-Dirac functions: the polylogarithms that repeated integrals of a logistic tail are."""

from __future__ import annotations

from flint import acb
from sympy import Expr, S, exp, log
from sympy.core.function import ArgumentIndexError
from sympy.printing.latex import LatexPrinter

from derive.special.base import BallFunction, whole


class fermi_dirac(BallFunction):
    """``F_s(x) = -Li_(s+1)(-exp(x))``, with ``F_s' = F_(s-1)``, for a whole number s and real x.

    SymPy's own polylog asks ``equals`` of every argument it is made with, and that simplifies without
    bound. F_0 is log(1 + exp(x)) and F_-1 the logistic function. Source: DLMF 25.12.14-16.
    """

    nargs = (2,)

    @classmethod
    def eval(cls, s: Expr, x: Expr) -> Expr | None:
        if x is S.NegativeInfinity:
            return S.Zero
        if s == 0:
            return log(1 + exp(x))
        return 1 / (1 + exp(-x)) if s == -1 else None

    def fdiff(self, argindex: int = 1) -> Expr:
        s, x = self.args
        if argindex == 2:
            return fermi_dirac(s - 1, x)
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool | None:
        return self.args[1].is_extended_real

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        s, x = map(printer.doprint, self.args)
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"F_{{{s}}}{power}\left({x}\right)"

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        s, x = arguments
        return -(-x.exp()).polylog(whole(s, "the order of a Fermi-Dirac function") + 1)
