"""Bounded quotients of exponentials: what is replaced is bounded, what is not bounded stays."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Symbol, exp

from derive.errors import Undecided
from derive.existence import expectation_exists
from derive.softmaxes import without_softmaxes
from derive.terms import Law

x, y = Symbol("x", real=True), Symbol("y", real=True)
c = Symbol("c", positive=True)

BOUNDED = [
    exp(x**2) / (exp(x**2) + exp(y**2)),
    1 / (1 + exp(x * y)),
    exp(x**2 - y**2) / (1 + exp(x**2 - y**2)) ** 2,
    exp(x**2 + y**2) / (c * exp(x**2) + 3 * exp(y**2)) ** 2,
    exp(3 * x) / (exp(x) + exp(-x)) ** 3,
]
UNBOUNDED = [
    exp(2 * x**2) / (exp(x**2) + exp(y**2)),  # like exp(x**2)
    exp(x**2) / (exp(x**2) - exp(y**2)),  # a pole
    exp(x**2) / (x**2 * exp(x**2) + exp(y**2)),  # the coefficient may vanish
    exp(x**2) * (1 + exp(x**2)),
    exp(x**2) / (1 + exp(y**2)),
]


@pytest.mark.parametrize("body", BOUNDED, ids=str)
def test_a_bounded_quotient_becomes_a_symbol(body: Expr) -> None:
    plain, symbols = without_softmaxes(x * body, (x, y))
    assert len(symbols) == 1
    assert plain == x * symbols[0]
    # At the corners of a large square none of them is above the bound that its coefficients give.
    places = [{x: p, y: q, c: 2} for p in (-9, 0, 9) for q in (-9, 0, 9)]
    assert all(0 <= float(body.subs(at).evalf(50)) <= 1.0 for at in places)


@pytest.mark.parametrize("body", UNBOUNDED, ids=str)
def test_what_is_not_bounded_stays(body: Expr) -> None:
    plain, symbols = without_softmaxes(body, (x, y))
    assert symbols == ()
    assert plain == body


def test_symbols_differ_so_that_nothing_cancels() -> None:
    one = exp(x) / (exp(x) + exp(y))
    plain, symbols = without_softmaxes(x * one - x * exp(y) / (exp(x) + exp(y)), (x, y))
    assert len(symbols) == 2
    assert plain.free_symbols == {x, *symbols}


def test_averages_are_settled_in_the_plane() -> None:
    law, point = Law("multivariate_normal", 0, 0, 1, 0, 1), {}
    u, v = Symbol("a[0]", real=True), Symbol("a[1]", real=True)
    share = exp(u**2) / (exp(u**2) + exp(v**2))
    found = expectation_exists(u**3 * share * (1 - share), law, (u, v), point)
    assert found.requires == ()
    with pytest.raises(Undecided, match="not settled against a normal density"):
        expectation_exists(exp(u**2) * share, law, (u, v), point)
    assert Abs(share.subs({u: 1, v: 2})) < 1
