"""Contracts of the rules: each holds, refuses its counterexample, and refuses every mutated conclusion."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from sympy import Add, Expr, Heaviside, Mul, Pow, S, Symbol, exp, log

from derive.context import Context
from derive.errors import DeriveError, NotApplicable
from derive.kernel import check
from derive.oracle import value
from derive.routes import ROUTES, derive, with_constants
from derive.rules import RULES
from derive.setting import generic_setting, setting_of
from derive.step import Derivation, Step
from derive.terms import SAMPLE as a
from derive.terms import Density, Inert, Int

mu = Symbol("mu", real=True)
rate = Symbol("rate", positive=True)
logits = Symbol("logits", real=True)

BY_NAME = {RULES[name].name: RULES[name] for name in RULES}

# Together these use every rule; theta stands in the law, in the integrand and in both.
CASES: list[tuple[str, str, Expr, str]] = [
    ("pathwise", "normal", mu * a**2 + exp(a / 3), "sigma"),
    ("pathwise", "exponential", rate * a**2, "rate"),
    ("score_function", "normal", mu * a**2, "mu"),
    ("score_function", "exponential", a**2, "rate"),
    ("product_split", "uniform", a**2, "high"),
    ("product_split", "normal", mu * Heaviside(a - 1), "mu"),
    ("direct", "normal", mu * a**2, "mu"),
    ("baseline", "normal", mu * a**2, "mu"),
    ("implicit", "gamma", rate * a**2, "rate"),
    ("generalized_reparametrization", "gamma", rate * a**2, "shape"),
    ("doubly_reparametrized", "exponential", (log(rate) - rate * a) ** 2, "rate"),
    ("sticking_the_landing", "exponential", rate * a - log(rate) - 2 * a, "rate"),
    ("measure_valued", "exponential", a**2, "rate"),
    ("gumbel_max", "bernoulli_logits", logits * a, "logits"),
    ("gumbel_softmax", "bernoulli_logits", a, "logits"),
    ("concrete", "bernoulli_logits", a, "logits"),
    ("score_function_twice", "normal", mu * a**2, "mu"),
]
IDS = [f"{route}-{family}-{wrt}" for route, family, _, wrt in CASES]


@cache
def _derived(case: int) -> tuple[Derivation, Context]:
    route, family, integrand, wrt = CASES[case]
    context = with_constants(ROUTES[route], setting_of(family, integrand, wrt=(wrt,)))
    theta = context.expectation.wrt[0]
    return derive(ROUTES[route], context, theta, theta if ROUTES[route].second else None), context


@pytest.mark.parametrize("case", range(len(CASES)), ids=IDS)
def test_every_step_is_proved(case: int) -> None:
    derivation, _ = _derived(case)
    assert [(s.rule, s.status) for s in derivation.steps if s.status != "proved"] == []


def test_the_cases_use_every_rule() -> None:
    used = {step.rule for case in range(len(CASES)) for step in _derived(case)[0].steps}
    # Of a family every derivative is carried out: this rule is for arbitrary laws and functions.
    assert used == set(BY_NAME) - {RULES["products_and_sums"].name}


@pytest.mark.parametrize("case", range(len(CASES)), ids=IDS)
def test_a_step_is_replayed_from_its_terms_alone(case: int) -> None:
    derivation, context = _derived(case)
    replayed = [check(BY_NAME[s.rule], s.before, s.after, context) for s in derivation.steps]
    assert [s.status for s in replayed] == ["proved"] * len(derivation.steps)


@pytest.mark.parametrize("name", RULES.names())
def test_a_rule_refuses_its_counterexample(name: str) -> None:
    before, context = RULES[name].counterexample()
    try:
        outcome = RULES[name].apply(before, context)
    except NotApplicable:
        return  # refused outright: there is nothing in the term that the rule may touch
    assert "failed" in [c.status for c in outcome.conditions]


def _mutations(term: Expr) -> Iterator[tuple[str, Expr]]:
    """Natural slips: a sign, a factor, a lost term, a lost factor, a wrong power, a wrong limit."""
    yield "sign", -term
    yield "factor", 2 * term
    if isinstance(term, Add):
        yield "lost term", Add(*term.args[1:])
        yield "turned sign", Add(-term.args[0], *term.args[1:])
    if isinstance(term, Mul):
        yield "lost factor", Mul(*term.args[1:])
        yield "lost last factor", Mul(*term.args[:-1])
    if isinstance(term, Pow) and not term.has(Inert):
        yield "power", term.base ** (term.exp + 1)
    if isinstance(term, Int):
        variable, lower, _upper = term.limits[0]
        yield "limit", Int(term.body, (variable, lower, S.Half), *term.limits[1:])
    for i, part in enumerate(term.args):
        # Laws and limits are not expressions; a bound variable may not be rewritten.
        if (
            isinstance(part, Expr)
            and not isinstance(part, Density)
            and not (isinstance(term, Inert) and i > 0)
        ):
            for name, inner in _mutations(part):
                yield name, term.func(*term.args[:i], inner, *term.args[i + 1 :])  # type: ignore[misc]


def _mistakes(step: Step, context: Context) -> list[tuple[Expr, bool]]:
    """The mutations that change the value, and whether it is a number that could be compared at all."""
    truth = value(step.after, context.point).value
    found = []
    for mutated in dict.fromkeys(m for _, m in _mutations(step.after) if m != step.after):
        try:
            changed = value(mutated, context.point)
        except DeriveError:
            found.append((mutated, False))
            continue
        # A thousandth is far above the oracle's own resolution and far below any slip.
        if not abs(changed.value - truth) < 1e-3 * max(1.0, abs(truth)):
            found.append((mutated, changed.error < 1e-3 * abs(changed.value)))
    return found


@pytest.mark.parametrize("case", range(len(CASES)), ids=IDS)
def test_a_mutated_conclusion_is_refused(case: int) -> None:
    derivation, context = _derived(case)
    for step in derivation.steps:
        rule = BY_NAME[step.rule]
        judged = [(check(rule, step.before, m, context), ok) for m, ok in _mistakes(step, context)]
        assert sum(ok for _, ok in judged) >= 2, f"hardly a mutation of {step.rule} changed its value"
        assert [s for s, ok in judged if ok and s.status != "refuted"] == []
        assert [s for s, ok in judged if ok and not s.witness] == []
        # A diverging conclusion has no value to differ by; it must not pass either.
        assert [s for s, ok in judged if not ok and s.status not in ("undecided", "refuted")] == []


def test_a_generic_derivation_is_proved_if_its_hypotheses_hold() -> None:
    context = generic_setting()
    derivation = derive(ROUTES["pathwise"], context, context.expectation.wrt[0])
    assert derivation.status == "proved-if"
    assert any("dominated" in str(c.statement) for c in derivation.assumptions)


def test_a_mutated_generic_step_is_refuted() -> None:
    context = generic_setting()
    derivation = derive(ROUTES["pathwise"], context, context.expectation.wrt[0])
    chain = next(s for s in derivation.steps if s.rule == "chain rule")
    assert check(BY_NAME["chain rule"], chain.before, 2 * chain.after, context).status == "refuted"
