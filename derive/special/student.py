"""Student's t distribution function, with its density as its derivative."""

from __future__ import annotations

from functools import cache

from flint import acb
from sympy import Dummy, Expr, S, gamma, pi, sqrt
from sympy.core.function import ArgumentIndexError
from sympy.printing.latex import LatexPrinter

from derive.special.base import BallFunction
from derive.special.incomplete_beta import lowerbeta_log

_NU, _Z = Dummy("nu", positive=True), Dummy("z", real=True)


class student_cdf(BallFunction):
    """``P(t < z)`` for the standard t law with nu degrees of freedom, ``I_x(nu/2, nu/2)``.

    Here x = (1 + z/sqrt(nu + z**2))/2, which keeps one analytic form on both sides of 0.
    Requires: nu > 0 and z real. Source: Devroye, Non-Uniform Random Variate Generation, IX.5; DLMF 8.17.
    """

    nargs = (2,)

    @classmethod
    def eval(cls, nu: Expr, z: Expr) -> Expr | None:
        if z.is_infinite:
            return S.One if z.is_extended_positive else S.Zero
        return S.Half if z.is_zero else None

    def fdiff(self, argindex: int = 1) -> Expr:
        nu, z = self.args
        if argindex == 1:
            return _slope_in_nu().xreplace({_NU: nu, _Z: z})
        if argindex == 2:
            return student_density(nu, z)
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_positive(self) -> bool:
        return True

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        nu, z = map(printer.doprint, self.args)
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"F_{{t_{{{nu}}}}}{power}\left({z}\right)"

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        nu, z = arguments
        x = (1 + z / (nu + z * z).sqrt()) / 2
        return x.beta_lower(nu / 2, nu / 2, regularized=True)


@cache
def _slope_in_nu() -> Expr:
    return beta_form(_NU, _Z).diff(_NU)


def student_density(nu: Expr, z: Expr) -> Expr:
    """The standard density of the t law."""
    constant = gamma((nu + 1) / 2) / (sqrt(pi) * sqrt(nu) * gamma(nu / 2))
    return constant * (1 + z**2 / nu) ** (-(nu + 1) / 2)


def beta_form(nu: Expr, z: Expr) -> Expr:
    """The distribution function as an incomplete beta integral, which has a derivative in nu."""
    x = S.Half + z / (2 * sqrt(nu + z**2))
    return lowerbeta_log(nu / 2, nu / 2, x, 0, 0) * gamma(nu) / gamma(nu / 2) ** 2
