"""What the judge stands on: sameness, rules, substitutions, formulas recognised, counterexamples."""

from __future__ import annotations

import pytest
from sympy import Expr, Heaviside, Rational, Symbol, exp, factorial, log, oo, pi, sqrt

from derive.errors import NotApplicable
from derive.rules import RULES
from derive.setting import setting_of
from derive.terms import NOISE, SAMPLE, D, Density, E, Int, Law, Total
from derive.written.canonical import opened, same, tidy, unfolded
from derive.written.counterexample import counterexample
from derive.written.divergence import divergent
from derive.written.explaining import ORDER, applied, explained, rule_called
from derive.written.features import can_act, features, leads_to
from derive.written.recognising import recognised
from derive.written.substituting import by_substitution
from tests.derive.written.lines import NOISE_LAW, SLIDES, about, where

a, b = SAMPLE, NOISE
SQUARE = about("normal", "mu*a**2", "mu")
mu, sigma = SQUARE.family.symbols
LAW = SQUARE.family.law
p, q = Density(LAW, a), Density(NOISE_LAW, b)
LINE, NOISE_LINE = (a, -oo, oo), (b, -oo, oo)
u, r, S = Symbol("u", real=True), Symbol("r", real=True), Symbol("S", positive=True)

SAME = {
    "an expectation and its integral": (E(a**2, LAW, a), Int(a**2 * p, LINE)),
    "a renamed variable": (Int(a**2 * p, LINE), Int(u**2 * Density(LAW, u), (u, -oo, oo))),
    "linearity": (E(mu * a**2 + a, LAW, a), mu * E(a**2, LAW, a) + E(a, LAW, a)),
    "linearity under a derivative": (
        D(E(a**2 + a, LAW, a), mu),
        D(E(a**2, LAW, a), mu) + D(E(a, LAW, a), mu),
    ),
    "a constant under a derivative": (Int(D(sigma * p, mu), LINE), sigma * Int(D(p, mu), LINE)),
    "a square multiplied out": (E((mu + a) ** 2, LAW, a), E(mu**2 + 2 * mu * a + a**2, LAW, a)),
    "powers as exponentials": (sigma**a / factorial(a), exp(a * log(sigma)) / factorial(a)),
}
DIFFERENT = {
    "a derivative that is carried out": (D(mu**2, mu), 2 * mu),
    "an interchange": (D(Int(a**2 * p, LINE), mu), Int(a**2 * D(p, mu), LINE)),
    "another law": (E(a, LAW, a), E(a, NOISE_LAW, a)),
    "other limits": (Int(p, LINE), Int(p, (a, 0, oo))),
    "a lost constant": (E(mu * a, LAW, a), E(a, LAW, a)),
    "a sum for an integral": (Int(p, LINE), Total(p, LINE)),
}


@pytest.mark.parametrize("name", SAME)
def test_notation_and_algebra_make_no_difference(name: str) -> None:
    left, right = SAME[name]
    assert same(left, right)
    assert not same(left, 2 * right)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_takes_a_rule_is_not_the_same(name: str) -> None:
    left, right = DIFFERENT[name]
    assert not same(left, right)


def test_constants_leave_a_derivative_and_sums_come_apart() -> None:
    assert tidy(D(sigma * mu * p + sigma, mu)) == sigma * D(mu * p, mu)
    assert opened((mu + a) ** 2 * D(p, mu)) == ((mu**2 + 2 * mu * a + a**2) * D(p, mu)).expand()
    assert unfolded(E(a + 1, LAW, a)) == Int(a * p, LINE) + Int(p, LINE)


@pytest.mark.parametrize("stem", ORDER)
def test_a_rule_that_acts_is_not_sorted_out_beforehand(stem: str) -> None:
    """``can_act`` may be wrong in one direction only."""
    rule = rule_called(stem)
    context = where(SQUARE).context
    pairs = [pair for name, pair in (SAME | DIFFERENT).items() if name != "a renamed variable"]
    terms = [t for pair in pairs for t in pair]
    for term in terms:
        outcome = applied(rule, term, context)
        if outcome is not None and outcome.after != term:
            assert can_act(stem, term), term


def test_features_say_what_could_be_reached() -> None:
    assert "d density" in features(Int(D(p, mu), LINE))
    assert not leads_to("written_out", p)
    assert leads_to("written_out", Int(exp(-(a**2)), LINE))


def test_a_rule_that_has_nothing_to_do_is_passed_over() -> None:
    context = where(SQUARE).context
    assert applied(RULES["interchange"], mu, context) is None
    with pytest.raises(NotApplicable, match="derivative of an integral"):
        RULES["interchange"].apply(mu, context)


def test_nothing_explains_what_is_false() -> None:
    context = where(SQUARE).context
    assert explained(D(E(a**2, LAW, a), mu), E(a**2, LAW, a), context) is None
    assert explained(E(a**2, LAW, a), mu**2, context) is None


SUBSTITUTIONS: dict[str, tuple[Expr, Expr]] = {
    "s = exp(-x)": (Int(exp(-a) * exp(-S * exp(-a)), LINE), Int(exp(-S * r), (r, 0, oo))),
    "u = S r": (Int(r**2 * exp(-S * r), (r, 0, oo)), Int(u**2 * exp(-u), (u, 0, oo)) / S**3),
}


@pytest.mark.parametrize("name", SUBSTITUTIONS)
def test_a_substitution_is_found_with_its_jacobian(name: str) -> None:
    left, right = SUBSTITUTIONS[name]
    conditions = by_substitution(left, right, where(SQUARE).context)
    assert conditions is not None
    assert [c.status for c in conditions] == ["proved"]
    assert by_substitution(left, S * right, where(SQUARE).context) is None


def test_a_formula_is_recognised_as_the_density_and_only_over_its_support() -> None:
    context = setting_of("exponential", a)
    (rate,) = context.expectation.family.symbols
    density = Density(context.expectation.family.law, a)
    formula = rate * exp(-rate * a) * a**2
    assert recognised(Int(formula, (a, 0, oo)), context) == Int(a**2 * density, (a, 0, oo))
    assert recognised(Int(D(rate * exp(-rate * a), rate) * a, (a, 0, oo)), context) == Int(
        a * D(density, rate), (a, 0, oo)
    )
    half = Int(formula, (a, 1, oo))
    assert recognised(half, context) == half


def test_the_simplest_counterexample_has_small_numbers() -> None:
    found = counterexample(E(a**2, LAW, a), mu**2 + sigma, where(SQUARE))
    assert found is not None
    # At sigma = 1 the two agree.
    assert found.point == (("mu", "1"), ("sigma", "2"))
    assert found.values == ("5", "3")


def test_what_is_true_has_no_counterexample() -> None:
    assert counterexample(E(a**2, LAW, a), mu**2 + sigma**2, where(SQUARE)) is None


def test_a_free_sample_gets_a_value_in_its_support() -> None:
    uniform = about("uniform", "a", "high")
    low, high = uniform.family.symbols
    found = counterexample(Density(uniform.family.law, a), 1 / (high + low), where(uniform))
    assert found is not None
    point = {name: Rational(value) for name, value in found.point}
    assert point["low"] < point.get("a", (point["low"] + point["high"]) / 2) < point["high"]


def test_a_counterexample_of_the_slides_names_its_law() -> None:
    g = SLIDES.integrand
    law = SLIDES.family.law
    found = counterexample(E(g, law, a), 2 * E(g, law, a), where(SLIDES))
    assert found is not None
    assert found.instance.startswith("P = normal")


def test_only_what_is_seen_to_diverge_diverges() -> None:
    here = where(SQUARE)
    score = D(log(p), mu)
    assert divergent(Int(a**2 * score, LINE), here) is not None
    assert divergent(Int(a**2 * score * p, LINE), here) is None
    assert divergent(Int(exp(-(a**2)), LINE), here) is None
    assert divergent(Int(a**2, (a, 0, 1)), here) is None


def test_a_step_on_the_path_is_explained_with_its_failed_condition() -> None:
    step = about("normal", "Heaviside(a - 1)", "mu")
    on_path = Heaviside(mu + sigma * b - 1)
    found = explained(D(E(on_path, NOISE_LAW, b), mu), E(D(on_path, mu), NOISE_LAW, b), where(step).context)
    assert found is not None
    assert found.status == "condition-failed"


def test_the_density_of_the_noise_is_not_that_of_the_law() -> None:
    formula = exp(-(b**2) / 2) / sqrt(2 * pi)
    context = where(SQUARE).context
    assert recognised(Int(formula * b**2, NOISE_LINE), context) == Int(b**2 * q, NOISE_LINE)
    assert Law("normal", 0, 1) == NOISE_LAW
