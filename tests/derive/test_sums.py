"""Sums as numbers: against sums at 40 digits, and honest where they do not settle."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Heaviside, Rational, Symbol, cos, exp, log, oo, sin, sqrt

from derive.errors import Undecided
from derive.existence import Existence, expectation_exists
from derive.families import FAMILIES
from derive.oracle import compare, value
from derive.setting import setting_of
from derive.terms import D, Density, E, Law, Total
from derive.unfolding import unfold
from tests.derive.discrete_oracle import DISCRETE, INFINITE, expectation, gradient, point

a = Symbol("a", real=True)
BODIES: tuple[Expr, ...] = (a**3, exp(-a / 3) * sin(a), Heaviside(a - 1), log(1 + a) * cos(2 * a), Abs(a - 2))
ONE = [name for name in DISCRETE if FAMILIES[name].dimension == 1]


@pytest.mark.parametrize("body", BODIES, ids=str)
@pytest.mark.parametrize("name", ONE)
def test_an_expectation_is_its_sum(name: str, body: Expr) -> None:
    family = FAMILIES[name]
    at = point(family)
    found = value(E(body, family.law, a), at)
    truth = float(expectation(name, body, at))
    assert abs(found.value - truth) <= 10 * found.error
    assert found.error < 1e-12 * max(1.0, abs(truth))


@pytest.mark.parametrize("name", ONE)
def test_a_derivative_inside_a_sum_is_a_quotient_of_terms(name: str) -> None:
    family = FAMILIES[name]
    at, wrt = point(family), family.symbols[-1]
    whole = unfold(E(wrt * a**2, family.law, a))
    found = value(whole.with_body(D(whole.body, wrt)), at)
    truth = float(gradient(name, wrt * a**2, wrt, at))
    assert abs(found.value - truth) <= 10 * found.error + 1e-11 * abs(truth)
    assert found.error < 1e-6 * max(1.0, abs(truth))


def test_a_sum_over_vectors_runs_over_all_of_them() -> None:
    family = FAMILIES["bernoulli_product"]
    x, y, z = family.samples
    body = x * y + 2 * z * (1 - x)
    found = value(E(body, family.law, *family.samples), point(family))
    assert abs(found.value - float(expectation("bernoulli_product", body, point(family)))) < 1e-14


@pytest.mark.parametrize("rate", [1, 40, 1000, 9000])
def test_a_mass_that_starts_late_is_not_taken_for_one_that_has_ended(rate: int) -> None:
    found = value(E(a**2, Law("poisson", rate), a), {})
    assert abs(found.value - rate * (rate + 1)) <= 10 * found.error
    assert found.error < 1e-8 * rate**2


def test_a_slow_geometric_tail_is_added_up() -> None:
    p = Rational(1, 1000)
    found = value(E(a, Law("geometric", p), a), {})
    assert abs(found.value - 999) <= 10 * found.error < 1e-6


def test_a_divergent_sum_is_not_a_number() -> None:
    with pytest.raises(Undecided, match="grow beyond all numbers"):
        value(E(exp(a), Law("geometric", Rational(1, 2)), a), {})


def test_a_sum_without_a_density_is_still_a_sum() -> None:
    assert value(Total(Rational(1, 2) ** a, (a, 0, oo)), {}).value == pytest.approx(2.0, abs=1e-15)
    assert value(Total(a**2, (a, 1, 4)), {}).value == 30.0
    with pytest.raises(Undecided, match="does not end at a whole number"):
        value(Total(a**2, (a, 1, Rational(5, 2))), {})


class TestComparison:
    """Two sums over the same outcomes are compared outcome by outcome."""

    context = setting_of("categorical", a**2)
    law = context.expectation.family.law
    density = Density(law, a)

    def over(self, body: Expr) -> Expr:
        return Total(body * self.density, (a, 0, 2))

    def test_equal_terms_agree(self) -> None:
        seen = compare(self.over((a + 1) ** 2), self.over(a**2) + self.over(2 * a + 1), self.context)
        assert (seen.outcome, "nodes" in seen.evidence) == ("agrees", True)

    def test_a_term_that_differs_at_one_outcome_is_seen(self) -> None:
        seen = compare(self.over(a**2), self.over(a**3 + (a - 1) * a), self.context)
        assert (seen.outcome, bool(seen.witness)) == ("differs", True)

    def test_functions_that_differ_between_the_outcomes_only_are_equal(self) -> None:
        seen = compare(self.over(a**2), self.over(a**2 + a * (a - 1) * (a - 2)), self.context)
        assert seen.outcome == "agrees"

    def test_an_integral_is_not_a_sum(self) -> None:
        poisson = setting_of("poisson", a)
        density = Density(poisson.expectation.family.law, a)
        seen = compare(Total(density * a, (a, 0, oo)), Total(density * a, (a, 1, oo)), poisson)
        assert seen.outcome == "agrees"  # the term at 0 is 0
        seen = compare(Total(density, (a, 0, oo)), Total(density, (a, 1, oo)), poisson)
        assert seen.outcome == "differs"


def settle(name: str, body: Expr, **at: Rational) -> Existence:
    family = FAMILIES[name]
    values = {p.symbol: at.get(p.name, p.reference) for p in family.parameters}
    return expectation_exists(body, family.law, family.samples, values)


EXIST: list[tuple[str, Expr, tuple[str, ...]]] = [
    ("poisson", exp(5 * a) * a**9, ()),
    ("poisson", sqrt(a) * sin(a), ()),
    ("geometric", a**9, ()),
    ("geometric", exp(a / 3), ("3*log(1 - p) < -1",)),
    ("geometric", exp(-a), ()),
    ("negative_binomial", log(1 + a) * exp(a / 2), ("2*log(p) < -1",)),
    ("binomial", exp(a**2), ()),
    ("categorical", 1 / (2 * a - 1), ()),
]


@pytest.mark.parametrize(("name", "body", "requires"), EXIST, ids=[f"{n}-{g}" for n, g, _ in EXIST])
def test_a_sum_that_converges_states_its_conditions(name: str, body: Expr, requires: tuple[str, ...]) -> None:
    found = settle(name, body)
    asked = tuple(str(r) for r in found.requires)
    # Beyond what the mass itself asks for.
    assert all(r in asked for r in requires)
    assert bool(asked) == bool(requires) or name == "geometric"
    assert len(found.facts) == (2 if name in INFINITE else 1)


def test_a_score_with_a_digamma_grows_like_a_logarithm() -> None:
    family = FAMILIES["negative_binomial"]
    score = family.log_density.diff(family.symbols[0])
    assert settle("negative_binomial", a**2 * score**2).requires == ()


def test_what_is_not_compared_is_not_claimed() -> None:
    with pytest.raises(Undecided):
        settle("geometric", exp(a * log(1 + a**2)))
