"""Float arrays: against mpmath at high precision, IEEE at the edges, digits where they cancel."""

from __future__ import annotations

import math

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Expr,
    Function,
    Heaviside,
    I,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    besselk,
    ceiling,
    cos,
    cosh,
    cot,
    coth,
    csc,
    csch,
    erf,
    erfc,
    erfi,
    erfinv,
    exp,
    floor,
    gamma,
    lambdify,
    log,
    loggamma,
    oo,
    pi,
    polygamma,
    sec,
    sech,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    uppergamma,
)  # fmt: skip

from derive.errors import Undecided
from derive.numeric.arrays import evaluate
from derive.special import lowergamma_log

a, mu = Symbol("a", real=True), Symbol("mu", real=True)
sigma, k, rate = (Symbol(n, positive=True) for n in ("sigma", "k", "rate"))
INF, NAN = math.inf, math.nan
HALF = Rational(1, 2)
NORMAL = exp(-(((a - mu) / sigma) ** 2) / 2) / (sigma * sqrt(2 * pi))
ENV = {mu: 0.7, sigma: 1.3, k: 2.5, rate: 0.8}


def exact(expr: Expr, x: float) -> float:
    """At 40 digits, from the same doubles."""
    with mpmath.workdps(40):
        symbols = [a, *ENV]
        return float(lambdify(symbols, expr, "mpmath")(*map(mpmath.mpf, (x, *ENV.values()))))


SMOOTH = [
    NORMAL * (a - mu) / sigma**2,
    a**3 - 2 * a + Rational(1, 3),
    exp(a) * exp(-2 * a) * a,
    sin(a) * cos(2 * a) + tan(a),
    cot(a) + sec(a) + csc(a),
    sinh(a) + cosh(a) * tanh(a),
    coth(a) + sech(a) * csch(a),
    asinh(a) + atan(a) ** 2,
    erf(a) + erfc(a + 1) * erfi(a),
    Max(a, mu, 0) + Min(a, 1) * Abs(a - 1),
    Heaviside(a - HALF) + sign(a),
    Piecewise((a, (a > 0) & (a < 1)), (a**2, a < -1), (3, True)),
    Piecewise((1, (a > 2) | ~(a > -3)), (2, True)),
    a ** (-2) + 1 / (1 + a**2),
    (1 + a**2) ** (-k) * k**a,
    floor(a) + ceiling(a),
    polygamma(1, k) * a + loggamma(k) + besselk(1, k),
    pi * a + sqrt(2),
]  # fmt: skip
POSITIVE = [
    log(a) ** 2 + log(1 + a),
    sqrt(a) + a ** Rational(1, 3) + a ** Rational(-3, 2) + a ** (k - 1),
    gamma(a) + loggamma(a) + polygamma(0, a) + polygamma(2, a),
    besselk(1, a) + uppergamma(k, a) + lowergamma_log(k, a, 1),
    a**a,
    acosh(2 + a),
    rate**k * a ** (k - 1) * exp(-rate * a) / gamma(k),
]
UNIT = [asin(a) + acos(a), atanh(a), erfinv(a), log(1 - a), (1 - a) ** (-HALF), 1 - (1 - a) ** (1 / k)]
CASES = (
    [(e, [-4.3, -1.7, -0.61, 0.13, 0.77, 2.9]) for e in SMOOTH]
    + [(e, [1e-3, 0.3, 1.7, 12.5]) for e in POSITIVE]
    + [(e, [1e-3, 0.31, 0.97]) for e in UNIT]
)


@pytest.mark.parametrize(("expr", "places"), CASES, ids=[str(e)[:50] for e, _ in CASES])
def test_lists_and_numbers_agree_with_mpmath(expr: Expr, places: list[float]) -> None:
    if expr.has(lowergamma_log):
        truth = [float(expr.subs({a: Rational(x), k: 5 * HALF}).evalf(30)) for x in places]
    else:
        truth = [exact(expr, x) for x in places]
    # A dozen operations on doubles, each within a few units of the last place.
    assert evaluate(expr, {a: places, **ENV}) == pytest.approx(truth, rel=2e-14, abs=1e-15)
    assert [evaluate(expr, {a: x, **ENV}) for x in places] == pytest.approx(truth, rel=2e-14, abs=1e-15)


def test_what_holds_no_list_is_a_number() -> None:
    assert evaluate(mu + sigma, {mu: 1.0, sigma: 2.0}) == 3.0
    assert evaluate(Rational(1, 3) + 0 * a, {a: [1.0]}) == 1 / 3
    assert evaluate(a + mu, {a: [1.0, 2.0], mu: [10.0, 20.0]}) == [11.0, 22.0]
    assert evaluate(oo + a, {a: 1.0}) == INF


EDGES = [
    (exp(a), [1000.0, -1000.0, INF, -INF, NAN], [INF, 0.0, INF, 0.0, NAN]),
    (log(a), [0.0, -1.0, INF], [-INF, NAN, INF]),
    (log(1 + a), [-1.0, -2.0], [-INF, NAN]),
    (1 / a, [0.0, -0.0, INF], [INF, -INF, 0.0]),
    (a ** (-2), [0.0, 1e200, 1e-200], [INF, 0.0, INF]),
    (a ** (-3), [-0.0, 0.0], [-INF, INF]),
    (a**3, [1e200, -1e200], [INF, -INF]),
    (a ** Rational(1, 3), [-1.0, 8.0], [NAN, 2.0]),
    (sqrt(a), [-1.0, 4.0], [NAN, 2.0]),
    (sinh(a), [1000.0, -1000.0], [INF, -INF]),
    (sin(a), [INF], [NAN]),
    (tanh(a), [INF, -INF], [1.0, -1.0]),
    (gamma(a), [0.0, -1.0, 200.0], [INF, NAN, INF]),
    (loggamma(a), [-0.5, 0.0], [NAN, INF]),
    (atanh(a), [1.0, -1.0, 2.0], [INF, -INF, NAN]),
    (Heaviside(a), [0.0, NAN, -1.0], [0.5, NAN, 0.0]),
    (Heaviside(a, 1), [0.0], [1.0]),
    (sign(a), [0.0, NAN], [0.0, NAN]),
    (Max(a, 1), [NAN, 0.0], [NAN, 1.0]),
    (Min(a, 1), [NAN, 2.0], [NAN, 1.0]),
    (Piecewise((a, a > 0)), [-1.0, 1.0], [NAN, 1.0]),
    (a * Max(0, a - 1), [INF], [INF]),
    ((a - 1) * Max(0, -a), [INF], [NAN]),
    (polygamma(0, a), [INF], [NAN]),
]


@pytest.mark.parametrize(("expr", "places", "expected"), EDGES, ids=[str(e) for e, *_ in EDGES])
def test_edges_are_ieee_and_never_raise(expr: Expr, places: list[float], expected: list[float]) -> None:
    for found in (evaluate(expr, {a: places}), [evaluate(expr, {a: x}) for x in places]):
        assert found == pytest.approx(expected, nan_ok=True)


CANCELLING = [
    (1 - exp(-a), 1e-18),
    (-1 + exp(a), 1e-18),
    (2 - 2 * (1 - a) ** (1 / k), 1e-17),
    (log(1 - a), 1e-18),
    (1 - (1 - (1 - a) ** (1 / k)) ** 2, 0.25),
]


@pytest.mark.parametrize(("expr", "x"), CANCELLING, ids=[str(e) for e, _ in CANCELLING])
def test_small_differences_keep_their_digits(expr: Expr, x: float) -> None:
    (found,) = evaluate(expr, {a: [x], **ENV})  # type: ignore[misc]
    assert found == pytest.approx(exact(expr, x), rel=1e-14)


def test_naive_evaluation_would_lose_them() -> None:
    assert 1 - math.exp(-1e-18) == 0.0


EXTREME = [
    (rate**k * a ** (k - 1) * exp(-rate * a) / gamma(k), {k: 10000.0, rate: 2.0}, 5000.0),
    (a**3 * exp(-(a**2)), {}, 1e150),
    (-(a ** (k - 1)) * exp(-a) / gamma(k), {k: 300.0}, 290.0),
    (exp(a) * gamma(k), {k: 200.0}, -900.0),
    (exp(a) * exp(-a - 1), {}, 800.0),
    (a**5 * exp(a), {}, -900.0),
]


@pytest.mark.parametrize(("expr", "env", "x"), EXTREME, ids=[str(e) for e, *_ in EXTREME])
def test_products_of_factors_beyond_doubles(expr: Expr, env: dict[Symbol, float], x: float) -> None:
    with mpmath.workdps(40):
        symbols = [a, *env]
        truth = float(lambdify(symbols, expr, "mpmath")(*map(mpmath.mpf, (x, *env.values()))))
    # Logarithms of 1e5 leave a double some 1e5 units of the last place: 1e-11.
    assert evaluate(expr, {a: [x], **env}) == pytest.approx([truth], rel=2e-11)
    assert evaluate(expr, {a: x, **env}) == pytest.approx(truth, rel=2e-11)


def test_an_overflowing_product_of_a_negative_base_stays_undefined() -> None:
    found = evaluate(a ** Rational(1, 3) * exp(-a) / gamma(k), {a: [-1.0, 2.0], k: 200.0})
    assert found == pytest.approx([NAN, 0.0], nan_ok=True)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=5), st.floats(0.1, 5), st.floats(-5, 5))
@settings(max_examples=60, deadline=None)
def test_a_list_is_its_elements(places: list[float], s: float, m: float) -> None:
    expr = NORMAL * Max(a, 0) + log(1 + a**2) * Abs(a - mu) ** 3
    env = {sigma: s, mu: m}
    assert evaluate(expr, {a: places, **env}) == pytest.approx(
        [evaluate(expr, {a: x, **env}) for x in places]
    )


REFUSED = [
    (a + mu, {a: 1.0}, "'mu' has no value here"),
    (Function("h")(a), {a: 1.0}, "no float value is known for h"),
    (I * a, {a: 1.0}, "real numbers"),
]


@pytest.mark.parametrize(("expr", "env", "message"), REFUSED, ids=[r[2] for r in REFUSED])
def test_what_has_no_value_is_refused(expr: Expr, env: dict[Symbol, float], message: str) -> None:
    with pytest.raises(Undecided, match=message):
        evaluate(expr, env)
