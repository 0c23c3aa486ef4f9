"""The sign calculus proves what holds on a whole range, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Expr, Max, Min, Rational, S, Symbol, exp, gamma, log, oo, sin, tanh

from derive.signs import ALL, POSITIVE, UNIT, Range, negative, positive, range_of

b = Symbol("b", real=True)
x = Symbol("x", real=True)
k = Symbol("k", positive=True)

PROVED = [
    ("slope of the Kumaraswamy transport", (1 - (1 - b) ** (1 / k)) ** (1 / k - 1) * (1 - b) ** (1 / k - 1)),
    ("one minus a power of a fraction", 1 - b**k),
    ("square plus one", x**2 + 1),
    ("exponential", exp(x)),
    ("log of more than one", log(1 + b)),
    ("gamma of a positive number", gamma(k)),
    ("tanh below one", 1 - tanh(x)),
    ("two plus a sine", 2 + sin(x)),
    ("max with a positive", Max(x, b)),
    ("min of two positives", Min(k, b)),
    ("absolute value of a positive", Abs(b)),
]
OPEN = [
    ("a free number", x),
    ("a square may vanish", x**2),
    ("a difference of fractions", b - Rational(1, 2)),
    ("one plus a sine may vanish", 1 + sin(x)),
    ("max of an unknown", Max(x, 0)),
    ("an odd power", x**3),
    ("a power of an unknown base", x**k),
    ("min with an unknown", Min(x, b)),
]
RANGES = {b: UNIT, k: POSITIVE}


@pytest.mark.parametrize(("name", "expr"), PROVED, ids=[n for n, _ in PROVED])
def test_proves_positive(name: str, expr: Expr) -> None:
    assert positive(expr, RANGES), name
    assert negative(-expr, RANGES), name


@pytest.mark.parametrize(("name", "expr"), OPEN, ids=[n for n, _ in OPEN])
def test_claims_nothing_that_may_fail(name: str, expr: Expr) -> None:
    assert not positive(expr, RANGES), name
    assert not negative(expr, RANGES), name


def test_a_symbol_without_range_may_be_anything() -> None:
    assert range_of(x, {}) == ALL


def test_a_closed_zero_is_not_positive() -> None:
    assert not Range(S.Zero, oo, closed_lower=True).positive


_LEAVES = st.sampled_from([b, x, k, S(1), S(-1), S(2), Rational(1, 2)])


def _grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        st.builds(lambda p, q: p + q, inner, inner),
        st.builds(lambda p, q: p * q, inner, inner),
        st.builds(exp, inner),
        st.builds(lambda p: p**2, inner),
        st.builds(Abs, inner),
        st.builds(lambda p, q: Max(p, q), inner, inner),
    )


@given(
    st.recursive(_LEAVES, _grow, max_leaves=6),
    st.fractions(min_value=Rational(1, 100), max_value=Rational(99, 100), max_denominator=100),
    st.fractions(min_value=-2, max_value=2, max_denominator=50),
    st.fractions(min_value=Rational(1, 50), max_value=3, max_denominator=50),
)
def test_every_value_lies_in_the_range(expr: Expr, at_b: object, at_x: object, at_k: object) -> None:
    value = expr.subs({b: Rational(at_b), x: Rational(at_x), k: Rational(at_k)}).evalf(30)
    found = range_of(expr, RANGES)
    slack = Rational(1, 10**20) * (1 + abs(value))  # evalf rounds at 30 digits
    assert found.lower - slack <= value <= found.upper + slack
    if positive(expr, RANGES):
        assert value > 0
