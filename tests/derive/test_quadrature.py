"""Quadrature: exact integrals, errors that are never claimed too small, and what has no number."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Expr,
    Heaviside,
    Max,
    Piecewise,
    Rational,
    S,
    Symbol,
    cos,
    exp,
    gamma,
    log,
    oo,
    pi,
    sin,
    sqrt,
    tanh,
)  # fmt: skip

from derive.errors import Undecided
from derive.numeric.quadrature import Estimate, differentiate, integrate, integrate2

x, y = Symbol("a", real=True), Symbol("y", real=True)
mu, c, rho = Symbol("mu", real=True), Symbol("c", real=True), Symbol("rho", real=True)
sigma, k = Symbol("sigma", positive=True), Symbol("k", positive=True)
R = Rational
M, SD = 0.7, 1.3
POINT = {mu: R(7, 10), sigma: R(13, 10)}
NARROW = {mu: R(40), sigma: R(1, 100)}
HINT = {"centre": mu, "scale": sigma}
NORMAL = exp(-(((x - mu) / sigma) ** 2) / 2) / (sigma * sqrt(2 * pi))
EXPANDED = exp(-(x**2 - 2 * x * mu + mu**2) / (2 * sigma**2)) / (sigma * sqrt(2 * pi))
WRONG = {"centre": S(3), "scale": S(2)}
LOGNORMAL = exp(-(((log(x) - mu) / sigma) ** 2) / 2) / (x * sigma * sqrt(2 * pi))
LOGISTIC = exp(-(x - mu) / sigma) / (sigma * (1 + exp(-(x - mu) / sigma)) ** 2)
CAUCHY = 1 / (pi * (1 + x**2))
GAMMA = x ** (k - 1) * exp(-x) / gamma(k)
SQRT_TAU = math.sqrt(2 * math.pi)
cdf = NormalDist().cdf


def honest(found: Estimate, truth: float) -> None:
    assert found.error == math.inf or abs(found.value - truth) <= found.error


Case = tuple[Expr, Expr, Expr, dict[Symbol, Rational], dict[str, Expr], float]
SMOOTH: dict[str, Case] = {
    "a**2 normal": (x**2 * NORMAL, -oo, oo, POINT, {}, M**2 + SD**2),
    "a**2 normal centred": (x**2 * NORMAL, -oo, oo, POINT, HINT, M**2 + SD**2),
    "score": ((x - mu) / sigma**2 * x**2 * NORMAL, -oo, oo, POINT, HINT, 2 * M),
    "exp tilt": (exp(3 * x) * NORMAL, -oo, oo, POINT, HINT, math.exp(3 * M + 4.5 * SD**2)),
    "abs normal": (Abs(x) * NORMAL, -oo, oo, POINT, HINT,
                   SD * math.sqrt(2 / math.pi) * math.exp(-(M**2) / 2 / SD**2) + M * (1 - 2 * cdf(-M / SD))),
    "step normal": (Heaviside(x - 1) * NORMAL, -oo, oo, POINT, HINT, 1 - cdf(0.3 / 1.3)),
    "piecewise": (Piecewise((x, x < 1), (x**2, True)) / 2, S.Zero, S(2), {}, {}, (0.5 + 7 / 3) / 2),
    "far tail": (NORMAL, S(30), oo, POINT, HINT, 0.5 * math.erfc((30 - M) / SD / math.sqrt(2))),
    "exponential": (x**3 * exp(-2 * x), S.Zero, oo, {}, {}, 6 / 16),
    "log gamma(0.3)": (log(x) * GAMMA, S.Zero, oo, {k: R(3, 10)}, {}, -3.5025242222001332),
    "gamma(50)": (x * GAMMA, S.Zero, oo, {k: R(50)}, {}, 50.0),
    "log(1-a)": (log(1 - x), S.Zero, S.One, {}, {}, -1.0),
    "(1-a)**(-1/2)": ((1 - x) ** R(-1, 2), S.Zero, S.One, {}, {}, 2.0),
    "(1-a)**(-19/20)": ((1 - x) ** R(-19, 20), S.Zero, S.One, {}, {}, 20.0),
    "beta(1/10, 1/10)": ((x * (1 - x)) ** R(-9, 10), S.Zero, S.One, {}, {}, 19.714639489050161),
    "cauchy": (CAUCHY, -oo, oo, {}, {}, 1.0),
    "cauchy log": (log(1 + x**2) * CAUCHY, -oo, oo, {}, {}, 2 * math.log(2)),
    "lognormal a**2": (x**2 * LOGNORMAL, S.Zero, oo, POINT, {}, math.exp(2 * M + 2 * SD**2)),
    "logistic": (x * LOGISTIC, -oo, oo, POINT, HINT, M),
    "pareto": (R(3, 2) * x ** R(-5, 2), S.One, oo, {}, {}, 1.0),
    "left half line": (x**2 * exp(x), -oo, S.Zero, {}, {}, 2.0),
    "runge": (1 / (1 + 25 * x**2), S(-1), S.One, {}, {}, 2 * math.atan(5) / 5),
    "sin(20 a)": (sin(20 * x), S.Zero, S.One, {}, {}, (1 - math.cos(20)) / 20),
    "moving ends": (x, mu, mu + sigma, POINT, {}, ((M + SD) ** 2 - M**2) / 2),
    "constant": (mu, S.Zero, S.One, POINT, {}, M),
}  # fmt: skip


@pytest.mark.parametrize("case", SMOOTH.values(), ids=SMOOTH.keys())
def test_smooth_integrals_to_ten_digits(case: Case) -> None:
    body, lower, upper, point, hints, truth = case
    found = integrate(body, x, lower, upper, point, **hints)
    honest(found, truth)
    assert found.error <= 1e-10 * abs(truth)


HARD: dict[str, tuple[Case, float]] = {
    # mpmath.quad returns 9e-30 here, with a claimed error of 1e-29.
    "narrow": ((x**2 * NORMAL, -oo, oo, NARROW, {}, 1600.0001), 1e-10),
    "narrow, centre and scale": ((x**2 * NORMAL, -oo, oo, NARROW, HINT, 1600.0001), 1e-10),
    "narrow, centre": ((x**2 * NORMAL, -oo, oo, NARROW, {"centre": mu}, 1600.0001), 1e-10),
    "narrow, wrong hints": ((x**2 * NORMAL, -oo, oo, NARROW, WRONG, 1600.0001), 1e-9),
    # Expanding the square costs 8e6 roundings of the exponent: 1e-9 is what is left.
    "narrow, expanded": ((x**2 * EXPANDED, -oo, oo, NARROW, HINT, 1600.0001), 1e-7),
    "narrow beyond a kink": ((Max(x - 30, 0) * NORMAL, -oo, oo, NARROW, {}, 10.0), 1e-9),
    "narrow at a kink": ((Max(x - 40, 0) * NORMAL, -oo, oo, NARROW, HINT, 0.01 / SQRT_TAU), 1e-9),
    "gamma(10000)": ((x * GAMMA, S.Zero, oo, {k: R(10000)}, {}, 10000.0), 1e-9),
    "lognormal(3, 1/1000)": ((x**2 * LOGNORMAL, S.Zero, oo, {mu: R(3), sigma: R(1, 1000)}, {},
                              math.exp(6 + 2e-6)), 1e-9),
    "two widths": ((exp(-(x**2) / 2) + 100 * exp(-((100 * x - 4000) ** 2) / 2), -oo, oo, {}, {},
                    2 * SQRT_TAU), 1e-10),
    "spike in a bump": ((exp(-(x**2) / 2) / sqrt(2 * pi) * (1 + 10000 / pi / (1 + (10000 * x - 3333) ** 2)),
                         -oo, oo, {}, {}, 1.3773589993356508), 1e-9),
    "wide": ((x**2 * NORMAL, -oo, oo, {mu: R(-3), sigma: R(10**6)}, {}, 9 + 1e12), 1e-10),
    "removable": ((sin(x) / x * exp(-(x**2)), -oo, oo, {}, {}, math.pi * math.erf(0.5)), 1e-10),
    "singular inside": ((Abs(x) ** R(-1, 2) * exp(-Abs(x)), -oo, oo, {}, {}, 2 * math.sqrt(math.pi)), 1e-10),
    "cos(50 a)": ((cos(50 * x) * NORMAL, -oo, oo, POINT, HINT, 0.0), math.inf),
    "sin(2000 a)": ((sin(2000 * x), S.Zero, S.One, {}, {}, (1 - math.cos(2000)) / 2000), math.inf),
    "hidden kink": ((sqrt((x - R(1, 3)) ** 2 + R(1, 10**14)), S.Zero, S.One, {}, {}, 5 / 18), 1e-2),
    "hidden jump": ((tanh(10**9 * (x - R(1, 3))), S.Zero, S.One, {}, {}, 1 / 3), 1.0),
    "beyond doubles": ((NORMAL, S(80), oo, POINT, HINT, 0.0), math.inf),
}  # fmt: skip


@pytest.mark.parametrize(("case", "relative"), HARD.values(), ids=HARD.keys())
def test_hard_integrals_claim_no_more_than_they_have(case: Case, relative: float) -> None:
    body, lower, upper, point, hints, truth = case
    found = integrate(body, x, lower, upper, point, **hints)
    honest(found, truth)
    assert found.error <= relative * max(abs(truth), 1.0)


NO_NUMBER = {
    "1/a at 0": (1 / x, S.Zero, S.One),
    "a**(-2) at 1": ((1 - x) ** (-2), S.Zero, S.One),
    "1/(1+a)": (1 / (1 + x), S.Zero, oo),
    "a/(1+a**2)": (x / (1 + x**2), S.Zero, oo),
    "cauchy mean": (x * CAUCHY, -oo, oo),
    "growing": (exp(x), S.Zero, oo),
    "1": (S.One, -oo, oo),
    "pole inside": (1 / x * exp(-(x**2)), -oo, oo),
    "log of negatives": (log(x) * exp(-(x**2)), -oo, oo),
    "root of negatives": (sqrt(x), S(-1), S.One),
}


@pytest.mark.parametrize(("body", "lower", "upper"), NO_NUMBER.values(), ids=NO_NUMBER.keys())
def test_no_number_is_said(body: Expr, lower: Expr, upper: Expr) -> None:
    found = integrate(body, x, lower, upper, {})
    assert math.isnan(found.value)
    assert found.error == math.inf


def test_a_kink_that_is_not_known_is_refused() -> None:
    with pytest.raises(Undecided, match="infinitely many"):
        integrate(Abs(sin(x)) * NORMAL, x, -oo, oo, POINT)
    with pytest.raises(Undecided, match="'sigma' has no value"):
        integrate(NORMAL, x, -oo, oo, {mu: R(1)})


CLOSED: dict[str, tuple[Expr, Callable[[float, float], float]]] = {
    "a**2": (x**2, lambda m, s: m * m + s * s),
    "a**4": (x**4, lambda m, s: m**4 + 6 * m * m * s * s + 3 * s**4),
    "abs": (Abs(x), lambda m, s: s * math.sqrt(2 / math.pi) * math.exp(-m * m / 2 / s / s)
            + m * math.erf(m / s / math.sqrt(2))),
    "step": (Heaviside(x - 1), lambda m, s: 0.5 * math.erfc((1 - m) / s / math.sqrt(2))),
    "cos 2a": (cos(2 * x), lambda m, s: math.cos(2 * m) * math.exp(-2 * s * s)),
}  # fmt: skip


@pytest.mark.parametrize(("g", "truth"), CLOSED.values(), ids=CLOSED.keys())
@pytest.mark.parametrize("hints", [{}, HINT], ids=["alone", "hinted"])
@given(m=st.integers(-500, 500), s=st.integers(1, 400))
@settings(max_examples=25, deadline=None)
def test_errors_are_honest_wherever_the_law_sits(
    g: Expr, truth: Callable[[float, float], float], hints: dict[str, Expr], m: int, s: int
) -> None:
    point = {mu: R(m, 10) + R(1, 37), sigma: R(s, 100)}
    found = integrate(g * NORMAL, x, -oo, oo, point, **hints)
    exact = truth(float(point[mu]), float(point[sigma]))
    # The closed forms in doubles are themselves off by a few roundings, in a tail by z**2 of them.
    z = (1 - float(point[mu])) / float(point[sigma])
    assert abs(found.value - exact) <= found.error + 1e-15 * abs(exact) * (1 + z * z)
    # x**2, x**4 at 50 beside a scale of 0.01 carry the rounding of x, 5000 times the last place.
    assert found.error <= 1e-8 * max(abs(exact), 1.0)


def test_points_may_be_floats_as_difference_quotients_need() -> None:
    """``d/dmu E[relu(a)]`` outside the integral: the kink moves with every value of mu."""
    found = differentiate(
        lambda m: integrate(Max(x, 0) * NORMAL, x, -oo, oo, {mu: m, sigma: 1.3}, **HINT), 0.7, scale=1.3
    )
    honest(found, cdf(M / SD))
    assert found.error < 1e-9


# The plane

CHOLESKY = ((1, 0), (rho, sqrt(1 - rho**2)))
PLANE = exp(-(x**2 - 2 * rho * x * y + y**2) / (2 * (1 - rho**2))) / (2 * pi * sqrt(1 - rho**2))
SHIFTED = PLANE.subs({x: (x - 40) * 100, y: (y - mu) / 2}, simultaneous=True) * 50
IN_PLANE = {
    "mass": (S.One, 1.0, 1e-10),
    "a*y": (x * y, 0.6, 1e-10),
    "a**2*y**2": (x**2 * y**2, 1 + 2 * 0.36, 1e-10),
    "cos": (cos(x + 2 * y), math.exp(-(1 + 4 + 4 * 0.6) / 2), 1e-9),
    "exp": (exp(2 * x), math.exp(2.0), 1e-10),
    "kink": (Abs(x), math.sqrt(2 / math.pi), 1e-1),
    "jump": (Heaviside(x - R(1, 3)), 1 - cdf(1 / 3), 1.0),
}


@pytest.mark.parametrize(("g", "truth", "bound"), IN_PLANE.values(), ids=IN_PLANE.keys())
def test_the_plane(g: Expr, truth: float, bound: float) -> None:
    found = integrate2(g * PLANE, (x, y), {rho: R(3, 5)}, scale=CHOLESKY)
    honest(found, truth)
    assert found.error <= bound


def test_the_plane_shifted_and_scaled() -> None:
    point = {rho: R(3, 5), mu: R(7, 10)}
    scale = ((R(1, 100), 0), (2 * rho, 2 * sqrt(1 - rho**2)))
    found = integrate2(x * y * SHIFTED, (x, y), point, centre=(40, mu), scale=scale)
    honest(found, 40 * 0.7 + 0.6 * 0.02)
    assert found.error < 1e-8


@pytest.mark.parametrize(
    ("body", "reason"),
    [(log(x) * PLANE, "not real"), (1 / (1 + x**2 + y**2), "no decay"), (1 / x * PLANE, "pole")],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_the_plane_says_where_there_is_no_number(body: Expr, reason: str) -> None:
    found = integrate2(body, (x, y), {rho: R(3, 5)})
    assert math.isnan(found.value) or found.error > 0.1, reason


# Derivatives

DERIVATIVES = {
    "exp": (math.exp, 1.0, 1.0, math.e),
    "fast sine": (lambda t: math.sin(100 * t), 0.3, 0.01, 100 * math.cos(30)),
    "large": (lambda t: t**3, 1e6, 1e6, 3e12),
    "flat": (lambda t: 5.0, 1.0, 1.0, 0.0),
    "estimate": (lambda t: Estimate(t * t, 1e-14), 3.0, 1.0, 6.0),
}


@pytest.mark.parametrize(("f", "at", "scale", "truth"), DERIVATIVES.values(), ids=DERIVATIVES.keys())
def test_derivatives(f: Callable[[float], float], at: float, scale: float, truth: float) -> None:
    found = differentiate(f, at, scale)
    honest(found, truth)
    assert found.error <= 1e-9 * max(abs(truth), 1.0)


ROUGH = {
    "kink": (lambda t: abs(t - 0.001), 0.0, -1.0),
    "jump": (lambda t: float(t > 0.001), 0.0, 0.0),
    "noise": (lambda t: Estimate(t + 1e-6 * math.sin(1e9 * t), 1e-6), 0.5, 1.0),
    "too wide a scale": (lambda t: math.sin(100 * t), 0.3, 100 * math.cos(30)),
}


@pytest.mark.parametrize(("f", "at", "truth"), ROUGH.values(), ids=ROUGH.keys())
def test_rough_functions_are_not_claimed(f: Callable[[float], float], at: float, truth: float) -> None:
    found = differentiate(f, at)
    honest(found, truth)
    assert found.error > 1e-6


def test_a_derivative_of_no_number_is_none() -> None:
    assert math.isnan(differentiate(lambda t: math.nan, 1.0).value)


def test_estimates_add() -> None:
    assert Estimate(1.0, 0.25) + Estimate(2.0, 0.5) == Estimate(3.0, 0.75)
    assert math.isnan((Estimate(1.0, 0.1) + Estimate(1.0, math.inf)).value)
