"""Balls hold the truth, exclude what is near it, and say so where they cannot tell."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from flint import acb, arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import Undecided
from derive.numeric.balls import ball, compile_ball, real, value
from derive.numeric.values import compare, hull

mu = sp.Symbol("mu", real=True)
sigma = sp.Symbol("sigma", positive=True)
x = sp.Symbol("x", real=True)
POINT = {mu: sp.Rational(7, 10), sigma: sp.Rational(13, 10)}
with mpmath.workdps(60):
    M, S = mpmath.mpf(7) / 10, mpmath.mpf(13) / 10


def _near(found: acb, truth: complex | mpmath.mpc, digits: int = 30) -> bool:
    """Whether the ball lies within 10**-digits (relative) of a value computed by another library."""
    with ctx.workprec(200):
        number = mpmath.mpmathify(truth)
        other = acb(arb(mpmath.nstr(number.real, 45)), arb(mpmath.nstr(number.imag, 45)))
        return bool(abs(found - other) < abs(other) * arb(10) ** -digits + arb(10) ** -60)


# (SymPy's form, the same number from mpmath, an independent implementation)
FORMS = {
    "polynomial": (mu**2 + sigma**2, lambda: M**2 + S**2),
    "normal_mean_abs": (
        sigma * sp.sqrt(2 / sp.pi) * sp.exp(-(mu**2) / 2 / sigma**2) + mu * sp.erf(mu / sigma / sp.sqrt(2)),
        lambda: (
            S * mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(M**2) / 2 / S**2)
            + M * mpmath.erf(M / S / mpmath.sqrt(2))
        ),
    ),
    "polygamma_order_first": (sp.polygamma(1, sigma), lambda: mpmath.psi(1, S)),
    "digamma": (sp.polygamma(0, sigma), lambda: mpmath.psi(0, S)),
    "loggamma_below_zero": (sp.loggamma(-mu), lambda: mpmath.loggamma(-M)),
    "beta": (sp.beta(mu, sigma), lambda: mpmath.beta(M, S)),
    "uppergamma": (sp.uppergamma(sigma, mu), lambda: mpmath.gammainc(S, M, mpmath.inf)),
    "uppergamma_below_zero": (sp.uppergamma(sigma, -mu), lambda: mpmath.gammainc(S, -M, mpmath.inf)),
    "lowergamma": (sp.lowergamma(sigma, mu), lambda: mpmath.gammainc(S, 0, M)),
    "expint": (sp.expint(2, mu), lambda: mpmath.expint(2, M)),
    "expint_on_its_cut": (sp.expint(1, -mu), lambda: mpmath.expint(1, -M)),
    "Ei_below_zero": (sp.Ei(-mu), lambda: mpmath.ei(-M)),
    "Si": (sp.Si(mu), lambda: mpmath.si(M)),
    "Ci": (sp.Ci(mu), lambda: mpmath.ci(M)),
    "besselk": (sp.besselk(sigma, mu), lambda: mpmath.besselk(S, M)),
    "besseli": (sp.besseli(0, mu), lambda: mpmath.besseli(0, M)),
    "besselj": (sp.besselj(sigma, mu), lambda: mpmath.besselj(S, M)),
    "hyper_2F1": (sp.hyper([sigma, 1], [2], mu / 2), lambda: mpmath.hyp2f1(S, 1, 2, M / 2)),
    "hyper_1F1": (sp.hyper([sigma], [2], mu), lambda: mpmath.hyp1f1(S, 2, M)),
    "polylog": (sp.polylog(2, mu / 2), lambda: mpmath.polylog(2, M / 2)),
    "polylog_on_its_cut": (sp.polylog(2, sigma), lambda: mpmath.polylog(2, S)),
    "hurwitz": (sp.zeta(2, sigma), lambda: mpmath.zeta(2, S)),
    "lerchphi": (sp.lerchphi(mu, sigma, 2), lambda: mpmath.lerchphi(M, S, 2)),
    "betainc": (sp.betainc(sigma, 2, mu / 3, mu), lambda: mpmath.betainc(S, 2, M / 3, M)),
    "betainc_regularized": (
        sp.betainc_regularized(sigma, 2, 0, mu),
        lambda: mpmath.betainc(S, 2, 0, M, regularized=True),
    ),
    "bessel_by_order": (
        sp.besselk(sigma / 2, mu).diff(sigma),
        lambda: mpmath.diff(lambda n: mpmath.besselk(n / 2, M), S),
    ),
    "hyper_by_parameter": (
        sp.hyper([sigma, 1], [2], mu / 2).diff(sigma),
        lambda: mpmath.diff(lambda n: mpmath.hyp2f1(n, 1, 2, M / 2), S),
    ),
    "second_derivative": (
        sp.Derivative(sp.zeta(sigma + 1), (sigma, 2)),
        lambda: mpmath.zeta(S + 1, derivative=2),
    ),
    "erfi": (sp.erfi(mu), lambda: mpmath.erfi(M)),
    "erfc": (sp.erfc(9 * mu), lambda: mpmath.erfc(9 * M)),
    "erfinv": (sp.erfinv(mu), lambda: mpmath.erfinv(M)),
    "dawson": (sp.exp(-(mu**2)) * sp.erfi(mu), lambda: mpmath.exp(-(M**2)) * mpmath.erfi(M)),
    "asin_beyond_one": (sp.asin(sigma), lambda: mpmath.asin(S)),
    "acosh_below_one": (sp.acosh(mu), lambda: mpmath.acosh(M)),
    "atanh": (sp.atanh(mu), lambda: mpmath.atanh(M)),
    "acot_below_zero": (sp.acot(-mu), lambda: mpmath.acot(-M)),
    "cube_root_of_negative": ((-mu) ** sp.Rational(1, 3), lambda: (-M) ** (mpmath.mpf(1) / 3)),
    "three_halves_of_negative": ((-mu) ** sp.Rational(3, 2), lambda: (-M) ** mpmath.mpf("1.5")),
    "symbolic_power_of_negative": ((-mu) ** sigma, lambda: (-M) ** S),
    "harmonic": (sp.harmonic(sigma), lambda: mpmath.harmonic(S)),
    "LambertW": (sp.LambertW(mu), lambda: mpmath.lambertw(M)),
    "real_part": (sp.re(sp.exp(sp.I * mu)) + sp.im(sp.exp(sp.I * mu)), lambda: mpmath.cos(M) + mpmath.sin(M)),
    "constants": (
        sp.Catalan * sp.EulerGamma * sp.pi * sp.E,
        lambda: mpmath.catalan * mpmath.euler * mpmath.pi * mpmath.e,
    ),
    "cells": (sp.Heaviside(-mu) + sp.Max(mu, sigma, 1) + sp.Abs(mu - sigma), lambda: 2 * S - M),
    "piecewise": (sp.Piecewise((1, mu > 2), (sigma, (mu < 2) & (sigma > 1)), (0, True)), lambda: S),
}


@pytest.mark.parametrize("name", FORMS)
def test_ball_agrees_with_mpmath_and_excludes_a_neighbour(name: str) -> None:
    form, other = FORMS[name]
    with mpmath.workdps(50):
        truth = mpmath.mpmathify(other())
    found = ball(form, POINT, 160)
    assert _near(found, truth)
    # 1e-12 is the smallest perturbation that evidence elsewhere promises to refute.
    with ctx.workprec(160):
        assert not found.overlaps(found * (1 + arb("1e-12")))


@given(
    p=st.fractions(min_value=-3, max_value=3, max_denominator=50),
    q=st.fractions(min_value=sp.Rational(1, 9), max_value=3, max_denominator=50),
)
@settings(max_examples=40, deadline=None)
def test_fractions_stay_exact_so_ties_are_seen(p: sp.Rational, q: sp.Rational) -> None:
    point = {mu: sp.Rational(p), sigma: sp.Rational(q)}
    tie = sp.Heaviside(mu / sigma - sp.Rational(p) / sp.Rational(q), sp.Rational(1, 4))
    assert ball(tie, point) == acb(fmpq(1, 4))
    found = ball((mu + sigma) ** 3 - mu**3, point)
    exact = (sp.Rational(p) + sp.Rational(q)) ** 3 - sp.Rational(p) ** 3
    with ctx.workprec(200):
        assert found.overlaps(acb(fmpq(int(exact.p), int(exact.q))))


def test_value_is_the_nearest_double_with_a_small_radius() -> None:
    nearest, radius = value(sp.sqrt(mu), POINT)
    assert nearest == float(mpmath.sqrt(M))
    assert 0 < radius < 1e-25


def test_cancellation_raises_the_precision_until_the_value_is_sharp() -> None:
    tiny = sp.sqrt(1 + sp.Rational(1, 10**60)) - 1
    nearest, _ = value(tiny, {})
    assert nearest == 5e-61
    assert not real(tiny, {}).contains(0)


def test_a_value_that_is_zero_without_showing_it_is_zero_within_its_ball() -> None:
    nearest, radius = value(sp.sin(mu) ** 2 + sp.cos(mu) ** 2 - 1, POINT)
    assert nearest == 0
    assert 0 <= radius < 1e-100


REFUSED = {
    "removable": (sp.sin(mu) / mu, {mu: sp.Integer(0)}, "has no sharp value at mu = 0"),
    "not_real": (sp.sqrt(mu - sigma), POINT, "is not real at mu = 7/10, sigma = 13/10"),
    "no_value": (sp.Symbol("mu") + 1, POINT, "'mu' has no value"),
    "unknown_function": (sp.Function("P")(mu), POINT, "no rigorous value is known for P"),
    "unevaluated": (sp.Integral(sp.exp(-(x**2)), (x, 0, mu)), POINT, "known for Integral"),
    "mixed_derivative": (sp.Derivative(sp.besselk(sigma, mu), sigma, mu), POINT, "mixed derivative"),
    "derivative_at_a_pole": (sp.Derivative(sp.gamma(mu - sp.Rational(7, 10)), mu), POINT, "no sharp value"),
    "tie_not_exact": (sp.Heaviside(sp.sin(mu) ** 2 + sp.cos(mu) ** 2 - 1), POINT, "has no sharp value"),
    "rounded_number": (mu + sp.Float(0.1), POINT, "is a rounded number"),
    "beyond_doubles": (sp.exp(sp.exp(20 * mu)), POINT, "beyond the range of doubles"),
    "pole": (sp.gamma(mu - sp.Rational(7, 10)), POINT, "has no sharp value"),
    "infinite": (sp.oo * sp.Heaviside(mu), POINT, "has no sharp value"),
    "no_branch": (sp.Piecewise((1, mu > 2)), POINT, "has no sharp value"),
    "on_the_delta": (sp.DiracDelta(mu - sp.Rational(7, 10)), POINT, "has no sharp value"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_rigorous_value_is_undecided(name: str) -> None:
    form, point, message = REFUSED[name]
    with pytest.raises(Undecided, match=message):
        value(form, point)


def test_an_undecided_condition_gives_a_ball_over_both_branches() -> None:
    hidden_zero = sp.sqrt(2) * sp.sqrt(3) - sp.sqrt(6, evaluate=False)
    nearly = sp.sin(1) ** 2 + sp.cos(1) ** 2 - 1
    found = ball(sp.Piecewise((mu, nearly > 0), (5, True)) + hidden_zero, POINT)
    assert found.real.contains(arb(5))
    assert found.real.contains(arb(fmpq(7, 10)))


def test_comparison_of_infinite_and_overlapping_balls() -> None:
    assert compare(acb(arb.neg_inf()), fmpq(3)) == -1
    assert compare(acb(arb.pos_inf()), fmpq(3)) == 1
    assert compare(acb(arb(1, 0.5)), fmpq(1)) is None
    assert not hull([fmpq(1), acb("nan")]).is_finite()


def _integral(expr: sp.Expr, low: object, high: object, **options: object) -> acb:
    with ctx.workprec(64):
        return acb.integral(compile_ball(expr, [x], POINT, 64, **options), low, high)


# Integrands with branch cuts: without the analytic flag their "rigorous" balls exclude the truth.
CUTS = {
    "sqrt": (sp.sqrt(x), mpmath.sqrt),
    "reciprocal_root": (1 / sp.sqrt(x), lambda t: 1 / mpmath.sqrt(t)),
    "log": (sp.log(x), mpmath.log),
    "cube_root": (x ** sp.Rational(1, 3), mpmath.cbrt),
    "symbolic_power": (x**mu, lambda t: t**M),
    "moving_exponent": (x**x, lambda t: t**t),
    "loggamma": (sp.loggamma(x), mpmath.loggamma),
    "Ei": (sp.Ei(x), mpmath.ei),
    "expint": (sp.expint(mu, x), lambda t: mpmath.expint(M, t)),
    "uppergamma": (sp.uppergamma(mu, x), lambda t: mpmath.gammainc(M, t)),
    "atan": (sp.atan(x), mpmath.atan),
    "acosh": (sp.acosh(1 + x), lambda t: mpmath.acosh(1 + t)),
    "besselk": (sp.besselk(mu, x), lambda t: mpmath.besselk(M, t)),
    "hyper": (sp.hyper([mu, 1], [2], -x), lambda t: mpmath.hyp2f1(M, 1, 2, -t)),
    "shared": (sp.exp(-(x**2)) * sp.sin(x) / (1 + sp.exp(-(x**2))), None),
}


@pytest.mark.parametrize("name", CUTS)
def test_compiled_integrand_respects_its_branch_cuts(name: str) -> None:
    expr, other = CUTS[name]
    by_sympy = sp.lambdify(x, expr.subs(POINT), "mpmath")
    with mpmath.workdps(30):
        truth = mpmath.quad(other or by_sympy, [1, 2, 4])
    found = _integral(expr, 1, 4)
    assert _near(found, truth, 15)
    assert found.real.rad() < 1e-12


def test_a_wrong_program_without_the_flag_is_seen_to_exclude_the_truth() -> None:
    # The pitfall itself, so that the test above is known to be able to fail.
    with ctx.workprec(64):
        wrong = acb.integral(lambda z, _: z.sqrt(), 1, 4)
        assert not wrong.overlaps(acb(fmpq(14, 3)))
        assert _integral(sp.sqrt(x), 1, 4).contains(acb(fmpq(14, 3)))


def test_compiled_value_equals_the_evaluated_one() -> None:
    expr = sp.exp(-x / 2) * sp.log(x + sigma) ** 2 / (x**3 + mu) - sp.tanh(x) + sp.polygamma(1, x)
    found = compile_ball(expr, [x], POINT, 128)(acb(fmpq(1, 3)), False)
    assert found.overlaps(ball(expr, {**POINT, x: sp.Rational(1, 3)}, 128))
    assert found.rel_accuracy_bits() > 40


def test_definitions_are_composed_without_substitution() -> None:
    y = sp.Symbol("y", real=True)
    program = compile_ball(sp.log(x) * x, [y], POINT, 128, definitions=[(x, sp.exp(mu + sigma * y))])
    a = sp.exp(POINT[mu] + POINT[sigma] / 3)
    assert program(acb(fmpq(1, 3)), False).overlaps(ball(sp.log(a) * a, {}, 128))


KINKED = {
    "abs": (sp.Abs(x - sp.Rational(1, 3)), fmpq(10, 9)),
    "step": (sp.Heaviside(x - sp.Rational(1, 3)), fmpq(2, 3)),
    "sign": (sp.sign(x - sp.Rational(1, 3)), fmpq(-2, 3)),
    "max": (sp.Max(x, sp.Rational(1, 3)), fmpq(8, 9)),
    "min": (sp.Min(x, sp.Rational(1, 3)), fmpq(-2, 9)),
    "piecewise": (sp.Piecewise((x**2, x > sp.Rational(1, 3)), (1, True)), fmpq(134, 81)),
    "and": (sp.Piecewise((1, (x > sp.Rational(-1, 3)) & (x < sp.Rational(1, 3))), (0, True)), fmpq(2, 3)),
    "or_not": (sp.Piecewise((1, (x > sp.Rational(1, 2)) | ~(x > sp.Rational(-1, 3))), (0, True)), fmpq(7, 6)),
}


@pytest.mark.parametrize("name", KINKED)
def test_kinks_are_refused_unless_asked_for_and_then_rigorous(name: str) -> None:
    expr, truth = KINKED[name]
    with pytest.raises(Undecided, match="kink inside the integral"):
        _integral(expr, -1, 1)
    with ctx.workprec(64):
        found = _integral(expr, -1, 1, kinked=True)
        assert found.contains(acb(truth))
        assert found.real.rad() < 1e-12


def test_a_condition_of_measure_zero_is_refused() -> None:
    with pytest.raises(Undecided, match="holds at isolated points only"):
        _integral(sp.Piecewise((1, sp.Eq(x, 1)), (0, True)), -1, 1, kinked=True)
