"""Rigorous sums: they hold the value at 40 digits, and refuse what cannot be bounded."""

from __future__ import annotations

import mpmath
import pytest
from flint import arb, ctx
from sympy import Expr, Heaviside, Rational, Symbol, exp, log, sin, sqrt, tanh

from derive.errors import Undecided
from derive.families import FAMILIES
from derive.numeric.enclosure import enclose, enclose_gradient
from derive.terms import Law
from tests.derive.discrete_oracle import INFINITE, expectation, gradient, point

a = Symbol("a", real=True)
BODIES: tuple[Expr, ...] = (
    log(1 + a),
    1 / (1 + a),
    sqrt(a) * sin(a),
    Heaviside(a - 3) * tanh(a),
    exp(a / 4) * log(1 + a),
)


def holds(ball: arb, truth: mpmath.mpf, slack: str = "0") -> bool:
    with ctx.workprec(160):
        # 30 digits of the truth, and what a difference quotient leaves open.
        return bool(ball.overlaps(arb(mpmath.nstr(truth, 30), slack)))


@pytest.mark.parametrize("body", BODIES, ids=str)
@pytest.mark.parametrize("name", INFINITE)
def test_an_enclosure_holds_the_sum(name: str, body: Expr) -> None:
    family = FAMILIES[name]
    at = point(family)
    ball = enclose(body, family.law, family.samples, at)
    truth = expectation(name, body, at)
    assert holds(ball, truth, "1e-27")
    assert not holds(ball, truth * (1 + mpmath.mpf("1e-12")), "1e-27")
    assert float(ball.rad()) <= 1e-15 * max(1.0, abs(float(truth)))


@pytest.mark.parametrize("body", BODIES, ids=str)
@pytest.mark.parametrize("name", [*INFINITE, "binomial"])
def test_an_enclosure_holds_the_slope_in_every_parameter(name: str, body: Expr) -> None:
    family = FAMILIES[name]
    at = point(family)
    for parameter in (q.symbol for q in family.parameters if not q.fixed):
        ball = enclose_gradient(body, family.law, family.samples, parameter, at)
        truth = gradient(name, body, parameter, at)
        assert holds(ball, truth, "1e-18")
        assert not holds(ball, truth * (1 + mpmath.mpf("1e-12")), "1e-18")


def test_theta_in_the_integrand_counts() -> None:
    family = FAMILIES["poisson"]
    (rate,) = family.symbols
    body = rate * log(1 + a)
    ball = enclose_gradient(body, family.law, family.samples, rate, point(family))
    assert holds(ball, gradient("poisson", body, rate, point(family)), "1e-18")


def test_a_sum_that_diverges_is_not_enclosed() -> None:
    with pytest.raises(Undecided):
        enclose(exp(a), Law("geometric", Rational(2, 5)), (a,), {})


def test_a_mass_that_falls_too_slowly_is_refused() -> None:
    with pytest.raises(Undecided, match="falls too slowly"):
        enclose(log(1 + a), Law("geometric", Rational(1, 100)), (a,), {})


def test_too_many_outcomes_are_refused() -> None:
    with pytest.raises(Undecided, match="too many to be added"):
        enclose(log(1 + a), Law("binomial", 10**6, Rational(1, 3)), (a,), {})
