"""Closed forms under discrete laws: against sums over masses written by hand, and their refusals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Eq,
    Expr,
    Heaviside,
    Max,
    Piecewise,
    Rational,
    S,
    Symbol,
    cos,
    exp,
    log,
    sin,
    sqrt,
    tanh,
)

from derive.closed_form import ClosedForm, expectation_of
from derive.errors import NoClosedForm, NoExpectation, Undecided
from derive.families import FAMILIES
from derive.numeric.balls import real
from derive.terms import Law
from tests.derive.discrete_oracle import DISCRETE, INFINITE, expectation, point

a = Symbol("a", real=True)
p = Symbol("p", positive=True)
rate = Symbol("rate", positive=True)
ONE = [name for name in DISCRETE if FAMILIES[name].dimension == 1]
FINITE = [name for name in ONE if name not in INFINITE]

# Every law: powers, exponentials, waves, bends.
ALL: tuple[Expr, ...] = (
    a,
    a**5 - 3 * a**2,
    exp(a / 4),
    a**2 * exp(-a / 2),
    Rational(1, 2) ** a * a,
    sin(a),
    a * cos(2 * a + 1) * exp(-a / 4),
    Heaviside(a - 1),
    a**2 * Heaviside(Rational(5, 2) - a),
    Abs(a - 2),
    Max(a, 3) * a,
    Piecewise((7, Eq(a, 0)), (a**2, a < 3), (1, True)),
)  # fmt: skip
# Finite laws: anything.
ANY: tuple[Expr, ...] = (sqrt(a), log(1 + a) * tanh(a), 1 / (1 + exp(-a)), exp(a**2 / 9))


def closed(name: str, body: Expr, at: dict[Symbol, Expr]) -> ClosedForm:
    family = FAMILIES[name]
    return expectation_of(body, family.law, family.samples, at)


def agrees(found: ClosedForm, name: str, body: Expr, at: dict[Symbol, Expr]) -> bool:
    exact = float(real(found.value, at))
    return abs(exact - float(expectation(name, body, at))) <= 1e-13 * max(1.0, abs(exact))


@pytest.mark.parametrize("moved", [False, True], ids=["reference", "moved"])
@pytest.mark.parametrize("body", ALL, ids=str)
@pytest.mark.parametrize("name", ONE)
def test_a_closed_form_is_the_sum(name: str, body: Expr, moved: bool) -> None:
    at = point(FAMILIES[name], moved)
    found = closed(name, body, at)
    assert agrees(found, name, body, at)
    wrong = found.value * (1 + Rational(1, 10**11)) + Rational(1, 10**11)
    assert not agrees(ClosedForm(wrong, (), ()), name, body, at)


@pytest.mark.parametrize("body", ANY, ids=str)
@pytest.mark.parametrize("name", FINITE)
def test_a_finite_law_knows_every_integrand(name: str, body: Expr) -> None:
    at = point(FAMILIES[name])
    assert agrees(closed(name, body, at), name, body, at)


@pytest.mark.parametrize("body", ANY[:3], ids=str)
@pytest.mark.parametrize("name", INFINITE)
def test_an_infinite_law_does_not(name: str, body: Expr) -> None:
    with pytest.raises(NoClosedForm, match="no closed form is known"):
        closed(name, body, point(FAMILIES[name]))


def test_the_closed_form_holds_where_its_conditions_do() -> None:
    """Derived at one point, right at another, and wrong beyond the bend that the conditions name."""
    family = FAMILIES["poisson"]
    found = expectation_of(Max(a - rate, 0), family.law, family.samples, {rate: Rational(5, 2)})
    assert set(map(str, found.requires)) >= {"rate > 2", "rate < 3"}
    assert agrees(found, "poisson", Max(a - rate, 0), {rate: Rational(14, 5)})
    assert not agrees(found, "poisson", Max(a - rate, 0), {rate: Rational(16, 5)})


def test_a_bend_on_an_outcome_is_undecided() -> None:
    family = FAMILIES["poisson"]
    with pytest.raises(Undecided, match="lies on the outcome 2"):
        expectation_of(Max(a - rate, 0), family.law, family.samples, {rate: S(2)})


def test_what_the_domain_settles_is_no_condition() -> None:
    family = FAMILIES["geometric"]
    assert expectation_of(Max(a - p, 0), family.law, (a,), {p: Rational(2, 5)}).requires == ()
    assert expectation_of(exp(-a), family.law, (a,), {p: Rational(2, 5)}).requires == ()


def test_existence_is_a_condition() -> None:
    family = FAMILIES["geometric"]
    assert [str(r) for r in expectation_of(exp(a / 3), family.law, (a,), {p: Rational(2, 5)}).requires] == [
        "(1 - p)*exp(1/3) < 1"
    ]
    with pytest.raises(NoExpectation, match="does not exist"):
        expectation_of(exp(a), family.law, (a,), {p: Rational(2, 5)})
    with pytest.raises(NoExpectation, match="diverges"):
        expectation_of(exp(a), Law("geometric", Rational(2, 5)), (a,), {})


def test_a_pole_on_an_outcome_has_no_expectation() -> None:
    family = FAMILIES["bernoulli"]
    with pytest.raises(NoExpectation, match="at a = 0, which has positive probability"):
        expectation_of(log(a), family.law, (a,), {p: Rational(2, 7)})


def test_too_many_outcomes_are_not_written_out() -> None:
    law = Law("binomial", 1000, Rational(1, 3))
    assert expectation_of(a, law, (a,), {}).value == Rational(1000, 3)
    with pytest.raises(NoClosedForm, match="1001 outcomes"):
        expectation_of(sqrt(a), law, (a,), {})


def test_vectors_are_enumerated() -> None:
    family = FAMILIES["bernoulli_product"]
    x, y, z = family.samples
    p0, p1, p2 = family.symbols
    found = expectation_of(x * y + z * (1 - x), family.law, family.samples, point(family))
    assert (found.value - (p0 * p1 + p2 * (1 - p0))).expand() == 0
    body = Max(x + y + z - 1, 0)
    assert agrees(closed("bernoulli_product", body, point(family)), "bernoulli_product", body, point(family))


CATALOGUE = {
    "bernoulli": ((a - Rational(9, 20)) ** 2, Rational(23107142857142857143, 10**20)),
    "poisson": (a**2, Rational(35, 4)),
    "categorical": (Piecewise((1, Eq(a, 0)), (9, Eq(a, 1)), (4, True)), Rational(18, 5)),
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_reference_values(name: str) -> None:
    """Ber/J@0, P1/J and Cat/J of the published tables."""
    body, truth = CATALOGUE[name]
    at = point(FAMILIES[name])
    assert abs(float(real(closed(name, body, at).value, at)) - float(truth)) < 1e-15 * float(truth) * 4


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=5), st.sampled_from((*INFINITE, "binomial")))
def test_expectation_is_linear(weights: list[int], name: str) -> None:
    """E of a polynomial is the same sum of E of its powers."""
    at = point(FAMILIES[name])
    whole = closed(name, sum((w * a**k for k, w in enumerate(weights)), S.Zero), at).value
    parts = sum((w * closed(name, a**k, at).value for k, w in enumerate(weights)), S.Zero)
    assert (whole - parts).subs(at).equals(0)
