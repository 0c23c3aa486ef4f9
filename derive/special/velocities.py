"""Velocities of implicit reparametrization: how a sample moves with a shape while its quantile level stays.

For ``F_theta(a) = u`` the sample moves by ``da/dtheta = -(dF/dtheta)/p``. For the shapes of the gamma,
beta, t and von Mises laws this is no elementary function. Each class here is one such quotient, by
definition; its ball is computed at a precision that the two tails, where numerator and density both vanish,
cannot spoil.
Source: Figurnov, Mohamed, Mnih, Implicit reparameterization gradients (2018), equation 5.
"""

from __future__ import annotations

from flint import acb, arb, ctx
from sympy import Expr, S, besseli, cos, exp, log, pi, polygamma, sin
from sympy.core.function import ArgumentIndexError
from sympy.printing.latex import LatexPrinter

from derive.special.base import BallFunction
from derive.special.circular import circular
from derive.special.incomplete_beta import lowerbeta_log
from derive.special.incomplete_gamma import lowergamma_log, uppergamma_log
from derive.special.student import student_cdf, student_density


class _Velocity(BallFunction):
    """Base: ``definition`` is the quotient that the function stands for.

    Its slope in the sample follows from it by ``d/da (p V) = -dp/dtheta``; in a shape there is no closed
    form.
    """

    def definition(self) -> Expr:
        """``-(dF/dtheta)/p`` written out."""
        raise AssertionError("a subclass says what it stands for")

    def _eval_is_extended_real(self) -> bool:
        return True

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        *shapes, x = map(printer.doprint, self.args)
        name = type(self).__name__.removesuffix("_velocity").replace("_", r"\_")
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\dot{{a}}_{{\mathrm{{{name}}}}}{power}\left({x}; {', '.join(shapes)}\right)"


class gamma_velocity(_Velocity):
    """``da/ds`` at ``x`` for the gamma law with shape ``s`` and rate 1: ``-(d/ds P(s, x))/p(x)``, x > 0."""

    nargs = (2,)

    def definition(self) -> Expr:
        s, x = self.args
        above = polygamma(0, s) * lowergamma_log(s, x, 0) - lowergamma_log(s, x, 1)
        return above * x ** (1 - s) * exp(x)

    def fdiff(self, argindex: int = 1) -> Expr:
        s, x = self.args
        if argindex == 2:
            return polygamma(0, s) - log(x) - self * ((s - 1) / x - 1)
        raise ArgumentIndexError(self, argindex)

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        s, x = arguments
        if not (x.imag.is_zero() and x.real > 0):
            return acb("nan")
        # The alternating series of the incomplete integral loses e**(2x); the tail of the density e**-x.
        size = abs(x.real.mid()) + abs(s.real.mid())
        with ctx.workprec(ctx.prec + 64 + int(min(float(size), 1e4) * 5)):
            low, moved = lowergamma_log.ball(s, x, acb(0)), lowergamma_log.ball(s, x, acb(1))
            if x.real > s.real + 1:
                low = uppergamma_log.ball(s, x, acb(0))
                moved = uppergamma_log.ball(s, x, acb(1))
                return (moved - s.digamma() * low) * x ** (1 - s) * x.exp()
            return (s.digamma() * low - moved) * x ** (1 - s) * x.exp()


class beta_velocity(_Velocity):
    """``da/dp`` at ``x`` for the beta law with shapes ``p`` and ``q``, 0 < x < 1; in ``q`` by reflection."""

    nargs = (3,)

    @classmethod
    def eval(cls, p: Expr, q: Expr, x: Expr) -> Expr | None:
        return S.Zero if x.is_zero else None

    def definition(self) -> Expr:
        p, q, x = self.args
        slope = polygamma(0, p) - polygamma(0, p + q)
        above = slope * lowerbeta_log(p, q, x, 0, 0) - lowerbeta_log(p, q, x, 1, 0)
        return above * x ** (1 - p) * (1 - x) ** (1 - q)

    def fdiff(self, argindex: int = 1) -> Expr:
        p, q, x = self.args
        if argindex == 3:
            slope = polygamma(0, p) - polygamma(0, p + q)
            return slope - log(x) - self * ((p - 1) / x - (q - 1) / (1 - x))
        raise ArgumentIndexError(self, argindex)

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        p, q, x = arguments
        if x == 0 or x == 1:
            return acb(0)
        if not (x.imag.is_zero() and x.real > 0 and x.real < 1):
            return acb("nan")
        with ctx.workprec(ctx.prec + _lost(p, q, x)):
            slope = p.digamma() - (p + q).digamma()
            if x.real.mid() <= arb("0.5"):
                low, moved = (lowerbeta_log.ball(p, q, x, acb(j), acb(0)) for j in (0, 1))
                above = slope * low - moved
            else:
                high, moved = (lowerbeta_log.ball(q, p, 1 - x, acb(0), acb(j)) for j in (0, 1))
                above = moved - slope * high
            return above * x ** (1 - p) * (1 - x) ** (1 - q)


def _lost(p: acb, q: acb, x: acb) -> int:
    """Bits that cancel beyond the mean: as many as the tail probability is small, at most."""
    near = x.real.min(1 - x.real)
    size = (abs(p.real) + abs(q.real)) * (1 - near.log())
    return 64 + int(min(float(size.abs_upper()), 1e4) * 2)


class student_velocity(_Velocity):
    """``dt/dnu`` at ``z`` for the standard t law with ``nu`` degrees of freedom; odd in z."""

    nargs = (2,)

    def definition(self) -> Expr:
        nu, z = self.args
        return -student_cdf(nu, z).diff(nu) / student_density(nu, z) if nu.is_Symbol else _student(nu, z)

    def fdiff(self, argindex: int = 1) -> Expr:
        nu, z = self.args
        if argindex == 2:
            growth = polygamma(0, (nu + 1) / 2) - polygamma(0, nu / 2) - 1 / nu - log(1 + z**2 / nu)
            score = (growth + (nu + 1) * z**2 / (nu * (nu + z**2))) / 2
            return self * (nu + 1) * z / (nu + z**2) - score
        raise ArgumentIndexError(self, argindex)

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        """With y = nu/(nu + z**2) the upper tail is I_y(nu/2, 1/2)/2; its slope in nu has two parts."""
        nu, z = arguments
        if not z.imag.is_zero() or z.real.contains(0):
            return acb(0) if z == 0 else acb("nan")
        size = abs(z)
        y = nu / (nu + z * z)
        p, q = nu / 2, acb("0.5")
        # The law of y is beta(nu/2, 1/2): its quantile moves by beta_velocity in p; t = sqrt(nu (1 - y)/y).
        moved = beta_velocity.ball(p, q, y) / 2
        found = size / (2 * nu) - moved * (nu / (2 * size * y * y))
        return found if z.real > 0 else -found


def _student(nu: Expr, z: Expr) -> Expr:
    from sympy import Dummy

    order = Dummy("nu", positive=True)
    return (-student_cdf(order, z).diff(order) / student_density(order, z)).xreplace({order: nu})


class von_mises_velocity(_Velocity):
    """``da/dkappa`` for the von Mises law on (-pi, pi): arguments ``kappa``, ``mu`` and the sample.

    The level is counted from -pi, where the samples of Torch begin; the velocity is zero at both ends.
    """

    nargs = (3,)

    def definition(self) -> Expr:
        kappa, mu, a = self.args
        mean = besseli(1, kappa) / besseli(0, kappa)
        moved = circular(kappa, a - mu, 1) - circular(kappa, -pi - mu, 1)
        mass = circular(kappa, a - mu, 0) - circular(kappa, -pi - mu, 0)
        return (mean * mass - moved) * exp(-kappa * cos(a - mu))

    def fdiff(self, argindex: int = 1) -> Expr:
        kappa, mu, a = self.args
        if argindex == 3:
            return self * kappa * sin(a - mu) + besseli(1, kappa) / besseli(0, kappa) - cos(a - mu)
        raise ArgumentIndexError(self, argindex)

    @classmethod
    def ball(cls, *arguments: acb) -> acb:
        kappa, mu, a = arguments
        with ctx.workprec(ctx.prec + 64 + int(min(float(abs(kappa.real.mid())), 1e4) * 6)):
            mean = kappa.bessel_i(1) / kappa.bessel_i(0)
            # From the nearer end: the whole circle adds nothing to the quotient's numerator.
            start = acb(arb.pi()) if a.real.mid() > mu.real.mid() else -acb(arb.pi())
            mass, moved = (circular.between(kappa, start - mu, a - mu, n) for n in (0, 1))
            return (mean * mass - moved) * (-kappa * (a - mu).cos()).exp()
