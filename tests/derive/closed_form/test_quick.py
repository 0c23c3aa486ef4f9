"""The quick constructors make what SymPy makes, to the letter, and settle nothing that SymPy leaves open."""

from __future__ import annotations

import pytest
from sympy import Expr, Gt, I, Integer, Lt, Ne, Rational, S, Symbol, erf, erfinv, exp, log, oo, pi, sqrt

from derive.closed_form.quick import error_function, exponential, greater, less, unequal

mu, t = Symbol("mu", real=True), Symbol("t", real=True)
rate, sigma = Symbol("rate", positive=True), Symbol("sigma", positive=True)
n = Symbol("n", integer=True, positive=True)

ARGUMENTS: dict[str, Expr] = {
    "zero": S.Zero, "one": S.One, "half": Rational(1, 2), "infinite": oo, "minus infinite": -oo,
    "symbol": mu, "minus symbol": -mu, "tilt": mu / 2 + sigma**2 / 8, "shifted": mu + 1,
    "standardised": (1 - mu) / (sigma * sqrt(2)), "its negative": (mu - 1) / (sigma * sqrt(2)),
    "log": log(sigma), "two logs": 2 * log(sigma) + mu, "log times symbol": mu * log(rate),
    "imaginary": I * t, "complex": mu + I * t, "turn": I * pi * 3 / 2 + mu, "pi": pi * mu,
    "root": sqrt(rate) * mu, "inverse": erfinv(mu), "quotient": -mu / sigma,
    "product of sums": -(mu - 1) * (1 - t),
}  # fmt: skip


@pytest.mark.parametrize("argument", ARGUMENTS.values(), ids=ARGUMENTS)
def test_the_functions_are_those_of_sympy(argument: Expr) -> None:
    assert exponential(argument) == exp(argument)
    assert error_function(argument) == erf(argument)


def test_what_sympy_would_rewrite_is_rewritten() -> None:
    assert exponential(log(sigma)) == sigma
    assert error_function(erfinv(mu)) == mu
    assert error_function(-mu) == -erf(mu)


PAIRS: dict[str, tuple[Expr, Expr]] = {
    "numbers": (Integer(1), Rational(1, 2)), "equal numbers": (Integer(2), Integer(2)),
    "roots": (sqrt(2), Rational(7, 5)), "symbol": (mu, S.Zero), "itself": (mu, mu),
    "positive": (rate, S.Zero), "negative": (-1 / sigma, S.Zero), "sum": (rate + sigma, Rational(-1, 3)),
    "mixed": (Rational(1, 2) - 1 / sigma, S.Zero), "above": (rate, Integer(3)), "whole": (n, Rational(-1, 2)),
    "infinite": (mu, oo), "product": (sigma * t, S.One),
}  # fmt: skip
MAKERS = {"less": (less, Lt), "greater": (greater, Gt), "unequal": (unequal, Ne)}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(("one", "two"), PAIRS.values(), ids=PAIRS)
def test_relations_are_those_of_sympy(one: Expr, two: Expr, maker: str) -> None:
    quick, slow = MAKERS[maker]
    assert quick(one, two) == slow(one, two)


def test_what_needs_a_search_is_left_open() -> None:
    """SymPy proves this one, from the least values of rate and n; the engine asks the point instead."""
    assert (greater(n, S.Zero), greater(n - Rational(1, 2), S.Zero)) == (
        S.true,
        Gt(n - S.Half, 0, evaluate=False),
    )
    assert Gt(n - S.Half, 0) == S.true
