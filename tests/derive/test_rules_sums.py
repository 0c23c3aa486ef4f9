"""The rules on sums, finite and infinite: each step holds, and every mutated conclusion is refused."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from sympy import Add, Eq, Expr, Heaviside, Mul, Piecewise, Rational, S, Symbol, exp, log

from derive.context import Context
from derive.errors import DeriveError, NotApplicable
from derive.kernel import Rule, check
from derive.oracle import value
from derive.routes import ROUTES, derive, with_constants
from derive.rules import RULES
from derive.setting import setting_of
from derive.step import Condition, Derivation, Step
from derive.terms import SAMPLE as a
from derive.terms import D, Density, Inert, Int, Total
from derive.unfolding import unfold
from tests.derive.discrete_oracle import gradient

p = Symbol("p", positive=True)
p0 = Symbol("p[0]", positive=True)
rate = Symbol("rate", positive=True)
r = Symbol("r", positive=True)
logits = Symbol("logits", real=True)
x, y = Symbol("a[0]", real=True), Symbol("a[1]", real=True)

BY_NAME: dict[str, Rule] = {RULES[name].name: RULES[name] for name in RULES}

# theta stands in the law, in the integrand and in both; sums are finite, infinite and over vectors.
CASES: list[tuple[str, str, Expr, str]] = [
    ("score_function", "bernoulli", (a - Rational(9, 20)) ** 2, "p"),
    ("score_function", "categorical", p0 * Piecewise((1, Eq(a, 0)), (4, Eq(a, 1)), (2, True)), "p[0]"),
    ("score_function", "poisson", rate * a**2, "rate"),
    ("score_function", "negative_binomial", Heaviside(a - Rational(3, 2)), "p"),
    ("product_split", "binomial", p * exp(a / 3), "p"),
    ("product_split", "poisson", (a - rate) * a, "rate"),
    ("product_split", "bernoulli_product", p0 * x * y + x, "p[0]"),
    ("direct", "categorical_logits", exp(a), "logits[1]"),
    ("direct", "negative_binomial", r * a**2, "r"),
    ("measure_valued", "bernoulli", (a - Rational(9, 20)) ** 2, "p"),
    ("measure_valued", "poisson", rate * a**2, "rate"),
    ("baseline", "bernoulli", p * (a - Rational(9, 20)) ** 2, "p"),
    ("gumbel_max", "bernoulli_logits", logits * a + 1, "logits"),
]
IDS = [f"{route}-{family}-{wrt}" for route, family, _, wrt in CASES]
each_case = pytest.mark.parametrize("case", range(len(CASES)), ids=IDS)


@cache
def _derived(case: int) -> tuple[Derivation, Context]:
    route, family, integrand, wrt = CASES[case]
    context = with_constants(ROUTES[route], setting_of(family, integrand, wrt=(wrt,)))
    return derive(ROUTES[route], context, context.expectation.wrt[0]), context


@each_case
def test_every_step_is_proved(case: int) -> None:
    derivation, _ = _derived(case)
    assert [(s.rule, s.status) for s in derivation.steps if s.status != "proved"] == []
    assert derivation.steps


@each_case
def test_the_result_is_the_derivative_of_the_sum(case: int) -> None:
    """Against masses written by hand and a difference quotient at 40 digits."""
    derivation, context = _derived(case)
    _, family, integrand, _ = CASES[case]
    truth = float(gradient(family, integrand, derivation.wrt, context.point))
    assert float(derivation.result.subs(context.point).evalf(30)) == pytest.approx(truth, rel=1e-14)
    assert abs(truth) > 1e-3, "a result of zero would be right by accident"


def test_the_cases_use_every_rule_that_acts_on_sums() -> None:
    used = {step.rule for case in range(len(CASES)) for step in _derived(case)[0].steps}
    continuous = {"change_of_variables", "chain_rule", "constant_factor", "leibniz", "density_value"}
    continuous |= {"implicit_reparametrization"}
    # These act on second derivatives, of an arbitrary law the first one (tests/derive/test_second_order.py).
    continuous |= {"products_and_sums", "gather"}
    # These belong to paths of continuous samples.
    continuous |= {"generalized_reparametrization", "along_each_sample", "zero_score"}
    # Relaxed choices are points of a simplex: nothing is summed over.
    relaxed = {"onto_the_simplex", "softmax_derivative", "under_fixed_noise"}
    assert used == {RULES[name].name for name in RULES if name not in continuous | relaxed}


@each_case
def test_a_step_is_replayed_from_its_terms_alone(case: int) -> None:
    derivation, context = _derived(case)
    replayed = [check(BY_NAME[s.rule], s.before, s.after, context) for s in derivation.steps]
    assert [s.status for s in replayed] == ["proved"] * len(derivation.steps)


def _mutations(term: Expr) -> Iterator[Expr]:
    """Natural slips: a sign, a factor, a lost term, a lost factor, a lost outcome, a further outcome."""
    yield -term
    yield 2 * term
    if isinstance(term, Add):
        yield Add(*term.args[1:])
        yield Add(-term.args[0], *term.args[1:])
    if isinstance(term, Mul):
        yield Mul(*term.args[1:])
        yield Mul(*term.args[:-1])
    if isinstance(term, Total):
        variable, lower, upper = term.limits[0]
        yield Total(term.body, (variable, lower + 1, upper), *term.limits[1:])
        yield Total(term.body, (variable, lower, S.One), *term.limits[1:])
    for i, part in enumerate(term.args):
        if _may_be_rewritten(term, part, i):
            for inner in _mutations(part):
                yield term.func(*term.args[:i], inner, *term.args[i + 1 :])


def _may_be_rewritten(term: Expr, part: object, i: int) -> bool:
    """Laws and limits are not expressions; a bound variable may not be rewritten."""
    if isinstance(term, (Inert, Piecewise)) and i > 0:
        return False
    return isinstance(part, Expr) and not isinstance(part, Density)


def _mistakes(step: Step, context: Context) -> list[tuple[Expr, bool]]:
    """The mutations that change the value, and whether it is a number that could be compared at all."""
    truth = value(step.after, context.point).value
    found = []
    for mutated in dict.fromkeys(m for m in _mutations(step.after) if m != step.after):
        try:
            changed = value(mutated, context.point)
        except (DeriveError, OverflowError):
            found.append((mutated, False))
            continue
        # A thousandth is far above the oracle's own resolution and far below any slip.
        if not abs(changed.value - truth) < 1e-3 * max(1.0, abs(truth)):
            found.append((mutated, changed.error < 1e-3 * abs(changed.value)))
    return found


@each_case
def test_a_mutated_conclusion_is_refused(case: int) -> None:
    derivation, context = _derived(case)
    for step in derivation.steps:
        rule, wrong = BY_NAME[step.rule], _mistakes(step, context)
        judged = [(check(rule, step.before, mutated, context), ok) for mutated, ok in wrong]
        assert sum(ok for _, ok in judged) >= 2, f"hardly a mutation of {step.rule} changed its value"
        assert [s for s, ok in judged if ok and s.status != "refuted"] == []
        assert [s for s, ok in judged if ok and not s.witness] == []
        assert [s for s, ok in judged if not ok and s.status not in ("undecided", "refuted")] == []


def _conditions(name: str, term: Expr, context: Context) -> tuple[Condition, ...]:
    return RULES[name].apply(term, context).conditions


def _differentiated(
    family: str, integrand: Expr, at: dict[str, Rational] | None = None
) -> tuple[Expr, Context]:
    context = setting_of(family, integrand, at=at)
    return D(unfold(context.expectation.term), context.expectation.wrt[0]), context


def test_a_finite_sum_asks_for_nothing_but_smooth_terms() -> None:
    said = _conditions("interchange", *_differentiated("binomial", exp(a**2)))
    assert [c.status for c in said] == ["proved"] * len(said)
    assert any("finite sum" in str(c.statement) for c in said)


def test_an_infinite_sum_asks_for_uniform_convergence() -> None:
    term, context = _differentiated("geometric", exp(a / 3))
    said = _conditions("interchange", term, context)
    assert any("converges uniformly" in str(c.statement) for c in said)
    assert [c.status for c in said] == ["proved"] * len(said)
    assert any("log(1 - p)" in str(c.statement) for c in said)


def test_a_series_whose_derivatives_diverge_is_refused() -> None:
    """E[exp(a**2 ...)] under a geometric law does not exist, and no more does its derivative."""
    context = setting_of("geometric", a)
    law = context.expectation.family.law
    term = D(Total(Density(law, a) * exp(a), (a, 0, S.Infinity)), context.expectation.wrt[0])
    assert "failed" in [c.status for c in _conditions("interchange", term, context)]


def test_a_bend_that_lies_on_an_outcome_is_refused() -> None:
    """At rate 2 the jump of Heaviside(a - rate) sits on the outcome 2, and the derivative is infinite."""
    body = Heaviside(a - rate) * a
    on = _conditions("interchange", *_differentiated("poisson", body, {"rate": S(2)}))
    beside = _conditions("interchange", *_differentiated("poisson", body, {"rate": Rational(5, 2)}))
    assert any(c.status == "failed" and "a = 2" in c.evidence for c in on)
    assert all(c.status == "proved" for c in beside)


def test_between_the_outcomes_an_integrand_may_bend_as_it_likes() -> None:
    context = setting_of("poisson", Heaviside(a - rate) * a)
    derivation = derive(ROUTES["score_function"], context, rate)
    assert derivation.status == "proved"


def test_leibniz_is_for_integrals() -> None:
    with pytest.raises(NotApplicable, match="derivative of an integral"):
        RULES["leibniz"].apply(*_differentiated("poisson", a))


def test_a_sum_over_a_part_of_the_support_is_no_expectation() -> None:
    context = setting_of("poisson", a)
    law = context.expectation.family.law
    body = Density(law, a) * a
    for term in (Total(body, (a, 1, S.Infinity)), Int(body, (a, 0, S.Infinity))):
        assert "failed" in [c.status for c in _conditions("fold", term, context)]
    whole = Total(body, (a, 0, S.Infinity))
    assert {c.status for c in _conditions("fold", whole, context)} == {"proved"}


def test_no_transport_leads_to_whole_numbers() -> None:
    context = setting_of("bernoulli", a)
    with pytest.raises(NotApplicable, match="whole numbers"):
        derive(ROUTES["pathwise"], context, p)


def test_a_logarithm_of_an_outcome_that_is_zero_has_no_expectation() -> None:
    context = setting_of("poisson", a)
    law = context.expectation.family.law
    term = Total(Density(law, a) * log(a), (a, 0, S.Infinity))
    assert "failed" in [c.status for c in _conditions("fold", term, context)]
