"""Expectations over several independent draws: products of factors, against enumeration and known moments."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Rational, Symbol, cos, exp, log, sqrt

from derive.closed_form.independent import Draws, over_independent
from derive.errors import NoClosedForm, NoExpectation
from derive.numeric.balls import value
from derive.terms import Law

x, y = Symbol("a0", real=True), Symbol("a1", real=True)
r = Symbol("r", positive=True)
MU, SIGMA = Rational(7, 10), Rational(13, 10)
NORMAL = Law("normal", MU, SIGMA)
COIN = Law("bernoulli", Rational(2, 7))
UNIFORM = Law("uniform", 0, 1)
HALF = Law("half_normal", 1)


def two(one: Law, other: Law) -> tuple[tuple[Law, tuple[Symbol, ...]], ...]:
    return ((one, (x,)), (other, (y,)))


@pytest.mark.parametrize(
    ("body", "draws", "wanted"),
    [
        pytest.param(x * y, two(NORMAL, NORMAL), MU**2, id="product of means"),
        pytest.param((x - y) ** 2, two(NORMAL, NORMAL), 2 * SIGMA**2, id="squared difference"),
        pytest.param(
            (x**2 - y**2) * (x - y) / (2 * SIGMA**2), two(NORMAL, NORMAL), 2 * MU, id="leave-one-out"
        ),
        pytest.param(exp(x + y / 2), two(UNIFORM, UNIFORM), 2 * (exp(1) - 1) * (exp(Rational(1, 2)) - 1),
                     id="exponential of a sum"),
        pytest.param(x * y**2, two(COIN, UNIFORM), Rational(2, 21), id="coin and number"),
        pytest.param(Abs(x - y), two(COIN, COIN), Rational(20, 49), id="two coins"),
    ],
)  # fmt: skip
def test_the_closed_form_is_the_known_moment(body: Expr, draws: Draws, wanted: Expr) -> None:
    found, _ = value(over_independent(body, draws, {}), {})
    assert found == pytest.approx(float(wanted), rel=1e-14)  # both are rounded once


def test_parameters_may_be_symbols() -> None:
    p = Symbol("p", positive=True)
    made = over_independent(x * y, two(Law("bernoulli", p), Law("bernoulli", p)), {p: Rational(1, 3)})
    assert (made - p**2).expand() == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(log(1 + exp(x * y)), "depends on two independent draws", id="entangled"),
        pytest.param(log(1 + exp(x)) * y, "log\\(exp", id="a factor without a closed form"),
        pytest.param((x + y + x * y) ** 40, "more than 600 terms", id="too many terms"),
    ],
)
def test_what_has_no_closed_form_is_refused(body: Expr, message: str) -> None:
    with pytest.raises(NoClosedForm, match=message):
        over_independent(body, two(NORMAL, NORMAL), {})


@pytest.mark.parametrize(
    ("body", "draws", "wanted"),
    [
        pytest.param(
            cos(x * y), ((NORMAL, (x,)), (Law("normal", 0, 1), (y,))), 0.5566332668437572834, id="two normals"
        ),
        pytest.param(
            r**2 * cos(1 + r) * cos(1 + r * y),
            ((HALF, (r,)), (UNIFORM, (y,))),
            0.17174693409808426,
            id="a part of it",
        ),
    ],
)
def test_one_draw_given_the_other(body: Expr, draws: Draws, wanted: float) -> None:
    """Neither separates into factors; the values are nested quadratures by mpmath with 25 digits."""
    found, _ = value(over_independent(body, draws, {}), {})
    assert found == pytest.approx(wanted, rel=1e-14)


def test_a_factor_without_expectation_is_named() -> None:
    with pytest.raises(NoExpectation):
        over_independent(x * y, two(Law("cauchy", 0, 1), NORMAL), {})


def test_too_many_outcomes_are_refused() -> None:
    many = Law("binomial", 200, Rational(1, 3))
    with pytest.raises(NoClosedForm, match="more than 256 outcomes"):
        over_independent(sqrt(1 + x + y), two(many, many), {})
