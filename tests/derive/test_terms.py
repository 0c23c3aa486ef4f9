"""Inert terms stay inert, bind their variables and refuse capture."""

from __future__ import annotations

import pytest
from sympy import Symbol, oo

from derive.terms import SAMPLE as a
from derive.terms import D, Density, E, Int, Law, Total

mu = Symbol("mu", real=True)
sigma = Symbol("sigma", positive=True)
LAW = Law("normal", mu, sigma)
MEAN = E(a**2, LAW, a)
INTEGRAL = Int(Density(LAW, a) * a**2, (a, -oo, oo))


@pytest.mark.parametrize("term", [MEAN, INTEGRAL, Total(a**2, (a, 0, 9)), D(MEAN, mu)], ids=str)
def test_a_bound_variable_is_not_free(term: E | Int | Total | D) -> None:
    assert a not in term.free_symbols


@pytest.mark.parametrize(
    ("term", "what"), [(MEAN, "an expectation"), (INTEGRAL, "an integral"), (Density(LAW, a), "a density")]
)
def test_sympy_may_not_differentiate_an_inert_term(term: E | Int | Density, what: str) -> None:
    with pytest.raises(TypeError, match=f"{what} is inert: only a rule may differentiate it"):
        term.diff(mu)


def test_the_derivative_in_an_absent_symbol_is_zero() -> None:
    assert MEAN.diff(Symbol("nu")) == 0


def test_substitution_reaches_the_law_and_spares_the_bound_variable() -> None:
    assert MEAN.subs(mu, 3) == E(a**2, Law("normal", 3, sigma), a)
    assert MEAN.subs(a, 3) == MEAN


def test_capture_is_refused() -> None:
    with pytest.raises(ValueError, match="would capture the bound variable a"):
        E(a * mu, LAW, a).subs(mu, a)


def test_a_parameter_under_a_derivative_is_not_replaced() -> None:
    with pytest.raises(ValueError, match="mu is differentiated by"):
        D(MEAN, mu).subs(mu, 2)


def test_text() -> None:
    assert str(D(MEAN, mu)) == "d/dmu[E_[a ~ normal(mu, sigma)][a**2]]"
    assert str(INTEGRAL) == "integral(a**2*p(a; normal(mu, sigma)), a=-oo..oo)"


def test_equal_terms_add_up_and_different_ones_do_not() -> None:
    assert MEAN + MEAN == 2 * MEAN
    assert MEAN + E(a, LAW, a) != 2 * MEAN
