"""Relaxed coins at temperature 1, integrated in uniform noise: right by quadrature, and refused at poles."""

from __future__ import annotations

import pytest
from sympy import Expr, Heaviside, Integer, Rational, S, exp

from derive.closed_form import expectation_of
from derive.errors import NoExpectation
from derive.families import FAMILIES
from derive.numeric.balls import value
from derive.terms import SAMPLE as a
from derive.terms import Law
from tests.derive.quadrature_oracle import Quadrature, agrees

HALF = Rational(1, 2)
WEIGHT = {"relaxed_bernoulli": Rational(2, 7), "relaxed_bernoulli_logits": Rational(-1, 3)}
RATIONAL = [a, a**2, 1 / (a + 1), a * Heaviside(a - HALF), Heaviside(a - HALF) / a]
POLES = [1 / a, 1 / (1 - a), a**-2, (1 - a) / a, 1 / (a - HALF)]


def closed(name: str, g: Expr, temperature: Rational = S.One) -> float:
    family = FAMILIES[name]
    weight = family.symbols[0]
    point = {weight: WEIGHT[name]}
    found = expectation_of(g, Law(name, weight, temperature), family.samples, point)
    return value(found.value, point)[0]


@pytest.mark.parametrize("name", list(WEIGHT))
@pytest.mark.parametrize("g", RATIONAL, ids=str)
def test_what_is_rational_in_the_odds_agrees_with_quadrature(name: str, g: Expr) -> None:
    found = closed(name, g)
    exact = Quadrature(FAMILIES[name], (WEIGHT[name], Rational(1))).expectation(g, (0.0, 0.5, 1.0))
    assert agrees(found, exact)
    assert not agrees(found * (1 + 1e-6), exact)


@pytest.mark.parametrize("name", list(WEIGHT))
@pytest.mark.parametrize("g", POLES, ids=str)
def test_a_pole_at_an_end_or_between_has_no_expectation(name: str, g: Expr) -> None:
    with pytest.raises(NoExpectation, match=rf"is not integrable over \(0, 1\) under {name}"):
        closed(name, g)


@pytest.mark.parametrize("name", list(WEIGHT))
def test_a_colder_coin_has_no_inverse_moment(name: str) -> None:
    """``E[1/a]`` needs a temperature above 1."""
    with pytest.raises(NoExpectation, match="1/a is not integrable"):
        closed(name, 1 / a, HALF)


def test_a_pole_under_the_logistic_law_has_no_expectation() -> None:
    family = FAMILIES["logistic"]
    mu = family.symbols[0]
    with pytest.raises(NoExpectation, match=r"is not integrable over \(-oo, oo\) under logistic"):
        expectation_of(1 / (exp(a) - 1), Law("logistic", mu, Integer(1)), family.samples, {mu: HALF})
