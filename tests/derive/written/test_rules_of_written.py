"""Contracts of the rules that people use: each holds, and refuses its own counterexample."""

from __future__ import annotations

import pytest
from sympy import Expr, exp, log, oo

from derive.context import Context
from derive.errors import NotApplicable
from derive.kernel import Rule, apply, check
from derive.setting import generic_setting
from derive.terms import SAMPLE, D, Density, E, Int, Law
from derive.unfolding import unfold
from derive.written.rules import WRITTEN_RULES
from derive.written.situation import situation
from tests.derive.written.lines import about

a = SAMPLE
NORMAL = about("normal", "a**2", "mu")
mu, sigma = NORMAL.family.symbols
p = Density(NORMAL.family.law, a)
COIN = about("bernoulli", "a + p*a", "p")

TERMS: dict[str, Expr] = {
    "written_out": Int(a**2 * p, (a, -oo, oo)),
    "total_mass": E(mu**2 * D(log(p), mu), NORMAL.family.law, a),
    "log_of_density": E(a**2 * D(log(p), mu), NORMAL.family.law, a),
    "slope_of_density": Int(a**2 * D(p, mu), (a, -oo, oo)),
    "location_scale": Int(a**2 * p, (a, -oo, oo)),
    "substitution": Int(a**2 * Density(Law("normal", 0, 1), (a - mu) / sigma) / sigma, (a, -oo, oo)),
    "sum_written_out": unfold(COIN.term),
    "polynomial_integral": Int(a**2 + sigma * a, (a, mu, sigma)),
    "gamma_function": Int(a**2 * exp(-sigma * a), (a, 0, oo)),
}


def _rule(name: str) -> tuple[Rule, Expr, Context]:
    subject = COIN if name == "sum_written_out" else NORMAL
    return WRITTEN_RULES[name], TERMS[name], situation(subject).context


def test_there_is_a_term_for_every_rule() -> None:
    assert sorted(TERMS) == list(WRITTEN_RULES.names())


@pytest.mark.parametrize("name", TERMS)
def test_a_rule_makes_a_proved_step(name: str) -> None:
    rule, term, context = _rule(name)
    step = apply(rule, term, context)
    assert step.status == "proved", step.evidence
    assert step.after != term


@pytest.mark.parametrize("name", TERMS)
def test_a_mutated_conclusion_is_refused(name: str) -> None:
    rule, term, context = _rule(name)
    after = apply(rule, term, context).after
    assert check(rule, term, after + 1, context).status == "refuted"
    assert after == 0 or check(rule, term, 2 * after, context).status == "refuted"


@pytest.mark.parametrize("name", TERMS)
def test_a_rule_refuses_its_counterexample(name: str) -> None:
    before, context = WRITTEN_RULES[name].counterexample()
    try:
        outcome = WRITTEN_RULES[name].apply(before, context)
    except NotApplicable:
        return  # refused outright
    assert "failed" in [c.status for c in outcome.conditions]


def test_the_score_of_an_arbitrary_law_has_mean_zero_under_assumptions() -> None:
    context = generic_setting()
    theta = context.expectation.wrt[0]
    law = Law("P", theta)
    step = apply(WRITTEN_RULES["total_mass"], E(D(log(Density(law, a)), theta), law, a), context)
    assert (step.after, step.status) == (0, "proved-if")


def test_the_score_of_a_moving_support_has_no_mean_zero() -> None:
    uniform = about("uniform", "a", "high")
    high = uniform.family.symbols[1]
    term = E(D(log(Density(uniform.family.law, a)), high), uniform.family.law, a)
    assert apply(WRITTEN_RULES["total_mass"], term, situation(uniform).context).status == "condition-failed"
