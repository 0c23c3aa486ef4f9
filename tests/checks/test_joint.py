"""Quadrature over several independent draws, against closed forms and mpmath."""

from __future__ import annotations

import mpmath
import pytest
from sympy import Abs, Expr, Heaviside, Integer, Rational, Symbol, exp, sin

from checks.estimator import Draw
from checks.joint import Joint, to_base
from derive.errors import NoClosedForm, NoExpectation
from derive.terms import Law

x, y = Symbol("a0", real=True), Symbol("a1", real=True)
NORMAL = Law("normal", Rational(7, 10), Rational(13, 10))
LOGISTIC = Law("logistic", Rational(1, 3), Rational(5, 4))


def joint(one: Law, other: Law) -> Joint:
    return Joint((Draw(one, (x,)), Draw(other, (y,))))


@pytest.mark.parametrize(
    ("one", "other", "body"),
    [
        pytest.param(NORMAL, NORMAL, (x**2 - y**2) * (x - y), id="normal, normal"),
        pytest.param(
            Law("bernoulli", Rational(2, 7)), Law("uniform", 0, 1), x * exp(x * y), id="coin, uniform"
        ),
        pytest.param(Law("weibull", Rational(5, 4), Rational(3, 2)), NORMAL, x * y**2, id="weibull, normal"),
        pytest.param(
            Law("gumbel", Rational(1, 5), Rational(2, 3)),
            Law("exponential", 2),
            x * y,
            id="gumbel, exponential",
        ),
        pytest.param(LOGISTIC, Law("half_normal", Rational(6, 5)), x**2 * y, id="logistic, half normal"),
    ],
)
def test_quadrature_agrees_with_the_closed_form(one: Law, other: Law, body: Expr) -> None:
    grid = joint(one, other)
    mean, square = (float(grid.closed(b).evalf(30)) for b in (body, body**2))
    seen, spread = grid.estimate(body), grid.variance(body)
    # The tolerances that the quadrature itself states, 5e-10 and 1e-8, relative to mean and square.
    assert abs(seen.value - mean) <= 10 * seen.error + 1e-9 * abs(mean)
    assert abs(spread.value - (square - mean**2)) <= 10 * spread.error + 1e-8 * square


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [(Rational(3, 2), 0.73401367628909586907), (Integer(3), 5 / 9)],
    ids=["half-integer", "integer"],
)
def test_a_gamma_variable_beside_another(shape: Rational, wanted: float) -> None:
    """Against nested quadrature by mpmath over the density of the gamma law."""
    seen = joint(Law("gamma", shape, 2), Law("uniform", 0, 1)).estimate(exp(-x * y))
    assert abs(seen.value - wanted) <= 10 * seen.error + 1e-9


def test_a_kink_between_the_draws_is_within_its_error() -> None:
    wanted = 2 * mpmath.mpf("1.3") / mpmath.sqrt(mpmath.pi)
    seen = joint(NORMAL, NORMAL).estimate(Abs(x - y))
    assert abs(seen.value - float(wanted)) <= seen.error <= 1e-6 * seen.value
    assert abs(seen.value - 1.000001 * float(wanted)) > seen.error


def test_a_jump_between_the_draws_is_reported_as_error() -> None:
    """``E[z; z > w]`` of two standard normal variables is ``1/(2 sqrt(pi))``."""
    standard = Law("normal", 0, 1)
    seen = joint(standard, standard).estimate(x * Heaviside(x - y))
    assert abs(seen.value - 0.5 / float(mpmath.sqrt(mpmath.pi))) <= seen.error
    assert seen.error > 1e-6 * seen.value  # which no moment is believed with


def test_a_window_between_steps_is_reported_as_error() -> None:
    """Whose mass is 2.2 in a hundred times the height; rules for smooth functions see nothing of it."""
    window = Heaviside(x - y - Rational(1, 5)) - Heaviside(x - y - Rational(1, 4))
    seen = joint(Law("normal", 0, 1), Law("normal", 0, 1)).estimate(100 * window)
    exact = 100 * float(mpmath.ncdf(0.25 / mpmath.sqrt(2)) - mpmath.ncdf(0.2 / mpmath.sqrt(2)))
    assert abs(seen.value - exact) <= seen.error


def test_a_wrong_value_would_be_seen() -> None:
    seen = joint(NORMAL, NORMAL).estimate(sin(x) * y)
    exact = float(joint(NORMAL, NORMAL).closed(sin(x) * y).evalf(20))
    assert abs(seen.value - exact) <= 1e-12
    assert abs(seen.value - 1.000001 * exact) > 100 * seen.error + 1e-9 * abs(exact)


def test_what_has_no_expectation_is_named() -> None:
    with pytest.raises(NoExpectation):
        joint(Law("cauchy", 0, 1), NORMAL).exists(x * y)


def test_a_law_without_base_noise_is_refused() -> None:
    with pytest.raises(NoClosedForm, match="not a function of normal, uniform or exponential noise"):
        to_base(Law("student_t", 5, 0, 1), Symbol("u", real=True))
