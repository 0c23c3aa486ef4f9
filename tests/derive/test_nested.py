"""Integrals over several draws compared integrand by integrand, derivatives inside them included."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, Rational, S, Symbol

from derive.argmax import Softmax
from derive.nested import nodes_agree
from derive.oracle import value
from derive.terms import D, E, Int, Law

x, y, z = (Symbol(f"b[{i}]", real=True) for i in range(3))
theta, tau = Symbol("theta", real=True), Symbol("tau", positive=True)
POINTS = tuple({theta: Rational(k, 7), tau: Rational(1, 2)} for k in (3, -4))


def _share(k: int) -> Expr:
    return Softmax(Integer(k), x / tau, (y + theta) / tau, z / tau)


def _over(body: Expr) -> Expr:
    for variable in (x, y, z):
        body = E(body, Law("gumbel", S.Zero, S.One), variable)
    return body


BEFORE = _over(D(_share(1), theta))
SLOPE = _share(1) * (1 - _share(1)) / tau


def test_a_derivative_inside_agrees_with_its_closed_form() -> None:
    assert nodes_agree(BEFORE, _over(SLOPE), POINTS)


WRONG = {
    "sign": -SLOPE,
    "part of a millionth": SLOPE * (1 + Rational(1, 10**6)),
    "lost factor": SLOPE * tau,
    "other outcome": _share(0) * (1 - _share(0)) / tau,
    "nothing": S.Zero * tau,
}


@pytest.mark.parametrize("name", list(WRONG))
def test_a_wrong_derivative_does_not(name: str) -> None:
    assert not nodes_agree(BEFORE, _over(WRONG[name]), POINTS)


def test_a_derivative_of_an_integral_is_not_compared_at_nodes() -> None:
    assert not nodes_agree(D(_over(_share(1)), theta), _over(SLOPE), POINTS)


def test_what_does_not_move_has_no_slope_even_where_its_integral_diverges() -> None:
    found = value(Int(D(x**2, theta), (x, 0, S.Infinity)), POINTS[0])
    assert (found.value, found.error) == (0.0, 0.0)
