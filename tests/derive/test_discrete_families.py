"""The contract of every law on whole numbers: a mass function, its score, its names, its refusals."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import pytest
from sympy import Eq, Ne, Piecewise, Rational, S, Symbol, exp, lambdify

from derive.closed_form import expectation_of
from derive.deriving import requested
from derive.errors import BadExpression, NoClosedForm, NoExpectation, OutsideDomain, UnknownName
from derive.expectation import expectation as build
from derive.families import FAMILIES
from derive.lattice import count, on_lattice, outcomes
from derive.setting import setting
from derive.terms import Law
from tests.derive.discrete_oracle import DISCRETE, INFINITE, MASSES, expectation, numbers, point
from tests.derive.discrete_oracle import outcomes as all_outcomes

a = Symbol("a", real=True)

# The names and their order are a contract with scripts and Torch code.
PARAMETERS = {
    "bernoulli": "p",
    "bernoulli_logits": "logits",
    "categorical": "p[0] p[1] p[2]",
    "categorical_logits": "logits[0] logits[1] logits[2]",
    "binomial": "n p",
    "poisson": "rate",
    "geometric": "p",
    "negative_binomial": "r p",
    "bernoulli_product": "p[0] p[1] p[2]",
}
both_points = pytest.mark.parametrize("moved", [False, True], ids=["reference", "moved"])


def test_these_are_all_families_on_a_lattice() -> None:
    assert sorted(name for name in FAMILIES if FAMILIES[name].lattice) == sorted(DISCRETE)


@pytest.mark.parametrize("name", DISCRETE)
def test_names_order_and_reference_point(name: str) -> None:
    family = FAMILIES[name]
    assert family.name == name
    assert " ".join(p.name for p in family.parameters) == PARAMETERS[name]
    assert all(p.lower < p.reference < p.upper and p.reference not in (0, 1) for p in family.parameters)
    assert sum(p.reference for p in family.parameters if p.symbol in family.normalised) in (0, 1)
    assert family.transport is None
    assert all(axis.lattice for axis in family.support)


@both_points
@pytest.mark.parametrize("name", DISCRETE)
def test_the_mass_is_the_one_written_by_hand(name: str, moved: bool) -> None:
    family = FAMILIES[name]
    at = point(family, moved)
    with mpmath.workdps(30):
        values = numbers(at)
        own = lambdify(family.samples, exp(family.log_density.xreplace(at)), "mpmath")
        for k in all_outcomes(name, values)[:12]:
            assert abs(own(*k) / MASSES[name](values, *k) - 1) < 1e-25
            assert abs(own(*k) * (1 + mpmath.mpf("1e-20")) / MASSES[name](values, *k) - 1) > 1e-25


@both_points
@pytest.mark.parametrize("name", DISCRETE)
def test_masses_sum_to_one_and_scores_to_zero(name: str, moved: bool) -> None:
    family = FAMILIES[name]
    at = point(family, moved)
    assert abs(expectation(name, S.One + 0 * a, at) - 1) < 1e-30
    for symbol in (p.symbol for p in family.parameters if not p.fixed):
        score = family.log_density.diff(symbol)
        assert abs(expectation(name, score, at)) < 1e-25
        assert expectation(name, score**2, at) > 1e-2, "a score that is zero everywhere would pass this test"


@pytest.mark.parametrize("name", DISCRETE)
def test_outcomes_are_counted_and_listed(name: str) -> None:
    family = FAMILIES[name]
    at = point(family)
    size = count(family.law, at)
    assert on_lattice(family.law)
    if name in INFINITE:
        assert size is None
        assert outcomes(family.law, at, 3) == ((0,), (1,), (2,))
    else:
        assert outcomes(family.law, at, 1000) == tuple(all_outcomes(name, numbers(at)))
        assert size == len(outcomes(family.law, at, 1000))


def test_a_number_of_trials_stays_a_whole_number_at_every_point() -> None:
    made = requested("binomial", "a**2")
    n, p = FAMILIES["binomial"].symbols
    points = setting(made, count=4).points
    assert made.wrt == (p,)
    assert {values[n] for values in points} == {7}
    assert len({values[p] for values in points}) == 4


REFUSED: dict[str, tuple[str, str, dict[str, Rational], type[Exception], str]] = {
    "p above one": ("bernoulli", "a", {"p": Rational(3, 2)}, OutsideDomain, "p < 1, but p = 3/2"),
    "p zero": ("geometric", "a", {"p": S.Zero}, OutsideDomain, "p > 0, but p = 0"),
    "sum": ("categorical", "a", {"p[0]": S.Half}, OutsideDomain, r"sum to 1, but 1/2 \+ 1/10 \+ 3/5 = 6/5"),
    "logits": ("categorical", "a", {"p[0]": -S.Half}, OutsideDomain, r"p\[0\] > 0"),
    "fraction": ("binomial", "a", {"n": Rational(5, 2)}, OutsideDomain, "whole number n, but n = 5/2"),
    "no trials": ("binomial", "a", {"n": S.Zero}, OutsideDomain, "n > 0, but n = 0"),
    "rate": ("poisson", "a", {"rate": -S.One}, OutsideDomain, "rate > 0"),
    "logarithm of zero": ("poisson", "log(a)", {}, NoExpectation, "not a finite real number at a = 0"),
    "pole": ("categorical", "1/(a - 1)", {}, NoExpectation, "not a finite real number at a = 1"),
    "root": ("binomial", "sqrt(a - 2)", {}, NoExpectation, "not a finite real number at a = 0"),
    "diverges": ("geometric", "exp(a)", {}, NoExpectation, "the sum diverges as a -> oo"),
    "border": ("geometric", "2**a", {"p": S.Half}, NoExpectation, "diverges|border"),
    "too fast": ("poisson", "exp(a**2)", {}, NoExpectation, "outgrows the factorial"),
    "table of a continuum": ("normal", "table(1, 2)", {}, BadExpression, "needs a finite sample"),
    "table of infinitely many": ("poisson", "table(1, 2)", {}, BadExpression, "needs a finite sample"),
    "long table": ("bernoulli", "table(1, 2, 3)", {}, BadExpression, "has 3 values, but the sample takes 2"),
}  # fmt: skip


@pytest.mark.parametrize(("family", "text", "at", "error", "says"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_with_its_reason(
    family: str, text: str, at: dict[str, Rational], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        requested(family, text, None, at)


def test_probabilities_below_zero_are_asked_whether_they_are_logits() -> None:
    with pytest.raises(OutsideDomain) as caught:
        requested("categorical", "a", None, {"p[0]": -S.Half})
    assert "did you mean categorical_logits" in str(caught.value.help)


def test_nothing_is_differentiated_by_a_whole_number() -> None:
    with pytest.raises(UnknownName, match="'n' of binomial is a whole number"):
        build(FAMILIES["binomial"], a, ("n",))


def test_a_table_is_a_function_of_the_outcomes() -> None:
    made = requested("categorical", "2*table(1, 4, p[1])")
    p1 = FAMILIES["categorical"].symbols[1]
    assert made.integrand == 2 * Piecewise((1, Eq(a, 0)), (4, Eq(a, 1)), (p1, True))
    assert [made.integrand.subs(a, k) for k in range(3)] == [2, 8, 2 * p1]


def test_a_table_has_as_many_values_as_there_are_trials() -> None:
    made = requested("binomial", "table(5, 1, 3)", None, {"n": S(2)})
    assert [made.integrand.subs(a, k) for k in range(3)] == [5, 1, 3]


SINGLED = [
    ("geometric", (Rational(2, 5),), lambda k: 0.4 * 0.6**k),
    ("poisson", (Rational(5, 2),), lambda k: float(mpmath.exp(-2.5) * 2.5**k / mpmath.factorial(k))),
]


@pytest.mark.parametrize(("law", "parameters", "mass"), SINGLED, ids=[name for name, _, _ in SINGLED])
def test_a_single_outcome_of_infinitely_many_counts(
    law: str, parameters: tuple[Rational, ...], mass: Callable[[int], float]
) -> None:
    """As a condition ``a = k`` holds on no interval; its outcome has a probability all the same."""
    rows = {
        Piecewise((7, Eq(a, 2)), (a, True)): lambda k: 7 if k == 2 else k,
        Piecewise((a**2, Ne(a, 1)), (-3, True)): lambda k: k * k if k != 1 else -3,
        Piecewise((1, Eq(3 - a, 1)), (0, True)): lambda k: float(k == 2),
    }
    for body, value in rows.items():
        found = expectation_of(body, Law(law, *parameters), (a,), {}).value
        assert float(found) == pytest.approx(sum(mass(k) * value(k) for k in range(200)), rel=1e-12)
    with pytest.raises(NoClosedForm, match="it is not known for which whole numbers"):
        expectation_of(Piecewise((1, Eq(a**2, 4)), (0, True)), Law(law, *parameters), (a,), {})
