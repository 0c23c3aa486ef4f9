"""Moments of relaxed choices: another quadrature, symmetry, limits, and integrals over all of the noise."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Add, Expr, Rational, Symbol, exp, log

from checks.estimator import Draw
from checks.estimators._relaxed import softmax
from checks.estimators._relaxed_choice import gumbels
from checks.joint import Joint
from checks.softened import LAW, estimate
from derive.errors import NoClosedForm
from derive.terms import Law
from tests.checks.relaxed_values import CHOICE

THREE = (Rational(3, 10), Rational(1, 10), Rational(3, 5))
COSTS = (1, 9, 4)


def choice(tau: Expr, masses: tuple[Expr, ...]) -> Draw:
    y = tuple(Symbol(f"y[{k}]", positive=True) for k in range(len(masses)))
    return Draw(Law(LAW, tau, *(log(p) for p in masses)), y)


def gradient(draw: Draw, costs: tuple[int, ...], k: int) -> Expr:
    """Of ``sum g y`` by the k-th logit, one sample."""
    y, tau = draw.variables, draw.law.parameters[0]
    return Add(*(g * x * (int(j == k) - y[k]) for j, (g, x) in enumerate(zip(costs, y, strict=True)))) / tau


@pytest.mark.parametrize(("tau", "k", "mean", "variance"), CHOICE, ids=[f"{t}-{k}" for t, k, *_ in CHOICE])
def test_three_outcomes_have_the_moments_of_another_quadrature(
    tau: str, k: int, mean: float, variance: float
) -> None:
    draw = choice(Rational(tau), THREE)
    body = gradient(draw, COSTS, k)
    first, second = estimate(body, draw), estimate(body**2, draw)
    assert first.error < 1e-12
    assert first.value == pytest.approx(mean, abs=3e-14)  # the table's last digit
    # The larger of what the sum says of itself and of the table's last digits.
    assert second.value - first.value**2 == pytest.approx(variance, rel=1e-11, abs=3e-14)
    assert abs(second.value - first.value**2 - variance) <= 10 * second.error + 3e-12


@pytest.mark.parametrize("tau", ["1/50", "1/5", "1", "4"])
@pytest.mark.parametrize("count", [2, 4, 7])
def test_they_sum_to_one_and_know_no_order(tau: str, count: int) -> None:
    even = choice(Rational(tau), (Rational(1, count),) * count)
    y = even.variables
    assert estimate(y[count - 1], even).value == pytest.approx(1 / count, rel=1e-13)
    odd = choice(Rational(tau), tuple(Rational(k + 1) for k in range(count)))  # not normalised
    y = odd.variables
    assert estimate(Add(*y), odd).value == pytest.approx(1.0, rel=1e-13)
    assert estimate(Add(*y) ** 3, odd).value == pytest.approx(1.0, rel=1e-12)


def test_cold_choices_are_the_law_and_hot_ones_are_even() -> None:
    """E[y] -> pi with an error of tau**2, 1/K as 1/tau; E[y**2] -> pi, as y is 0 or 1."""
    cold, hot = choice(Rational(1, 100), THREE), choice(Rational(100), THREE)
    for k, p in enumerate(THREE):
        y = cold.variables[k]
        assert estimate(y, cold).value == pytest.approx(float(p), abs=1e-4)
        assert estimate(y**2, cold).value == pytest.approx(float(p), abs=1e-2)
        assert estimate(y, hot).value == pytest.approx(1 / 3, abs=1e-2)


def test_four_outcomes_agree_with_an_integral_over_three_draws() -> None:
    masses, tau = (Rational(1, 16), Rational(3, 16), Rational(5, 16), Rational(7, 16)), Rational(1, 2)
    draw = choice(tau, masses)
    uniforms, noise = gumbels(4)
    soft = softmax(tuple((log(p) + b) / tau for p, b in zip(masses, noise, strict=True)))
    joint = Joint(tuple(Draw(Law("uniform", 0, 1), (u,)) for u in uniforms))
    body = gradient(draw, (1, 9, 4, 2), 1)
    over_noise = joint.estimate(body.xreplace(dict(zip(draw.variables, soft, strict=True))))
    assert estimate(body, draw).value == pytest.approx(over_noise.value, abs=10 * over_noise.error + 1e-9)
    assert over_noise.error < 1e-5


@pytest.mark.parametrize("tau", ["1/5", "1", "3"])
def test_the_gradient_is_the_slope_of_the_mean(tau: str) -> None:
    """A central difference with an error of 1e-9 of order h**2, for five outcomes."""
    logits, costs, h, k = [0.3, -0.7, 1.1, 0.2, -0.4], (1, 9, 4, 2, 5), 1e-4, 3

    def mean(shift: float) -> float:
        moved = [x + shift * (j == k) for j, x in enumerate(logits)]
        draw = choice(Rational(tau), tuple(exp(x) for x in moved))
        return estimate(Add(*(g * y for g, y in zip(costs, draw.variables, strict=True))), draw).value

    draw = choice(Rational(tau), tuple(exp(x) for x in logits))
    found = estimate(gradient(draw, costs, k), draw).value
    assert found == pytest.approx((mean(h) - mean(-h)) / (2 * h), rel=1e-6)
    assert not np.isclose(found, 2 * (mean(h) - mean(-h)) / (2 * h))


def test_what_is_no_polynomial_and_what_is_too_cold_is_refused() -> None:
    draw = choice(Rational(1), THREE)
    with pytest.raises(NoClosedForm, match="it is no polynomial in the relaxed outcomes"):
        estimate(1 / (1 + draw.variables[0]), draw)
    with pytest.raises(NoClosedForm, match="it has parameters without a value"):
        estimate(Symbol("c") * draw.variables[0], draw)
    cold = choice(Rational(1, 10**6), THREE)
    with pytest.raises(NoClosedForm, match="a temperature of 1e-06 is too low for its grid"):
        estimate(cold.variables[0], cold)
