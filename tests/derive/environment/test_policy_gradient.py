"""The rules of a policy gradient: each is used, refuses its counterexample, and refuses slips."""

from __future__ import annotations

import pytest
from sympy import Add, Expr, Mul, Rational, Symbol, Tuple, log

from derive.context import Context
from derive.environment.dynamics import ROUTES as SIMULATED
from derive.environment.dynamics import dynamics_context, dynamics_walk
from derive.environment.kinds import environment
from derive.environment.linear_quadratic import LinearQuadratic
from derive.environment.mdp import Mdp
from derive.environment.process import PATH_LAW, THETA, generic_context
from derive.environment.rules import RULES
from derive.environment.terms import ACTION, HORIZON, STATE, TAU, TIME, Move, Paths, Policy
from derive.environment.walk import ROUTES, context_of, walk
from derive.errors import NotApplicable
from derive.kernel import check
from derive.render import RENDERERS
from derive.step import Derivation, Step
from derive.terms import Binder, D, E, Inert, Total

BY_NAME = {RULES[name].name: RULES[name] for name in RULES}
SIMULATORS = ("lq1", "lq2", "lq3")


def process(name: str) -> Mdp:
    made = environment(name)
    assert isinstance(made, Mdp)
    return made


def of_process(name: str, route: str, i: int = 0) -> tuple[Derivation, Context]:
    mdp = process(name)
    context = context_of(mdp, mdp.parameters[i])
    return walk(route, context, Symbol(mdp.parameters[i], real=True)), context


def of_simulator(name: str, route: str) -> tuple[Derivation, Context]:
    made = environment(name)
    assert isinstance(made, LinearQuadratic)
    context = dynamics_context(made)
    return dynamics_walk(context, route), context


CASES = {
    **{f"{name}-{route}": (of_process, name, route) for name in ("mdp2", "mdp3") for route in ROUTES},
    "corridor": (of_process, "corridor", "policy_gradient"),
    **{f"{name}-{route}": (of_simulator, name, route) for name in ("lq1", "lq2") for route in SIMULATED},
}


@pytest.mark.parametrize("case", CASES)
def test_every_step_is_proved(case: str) -> None:
    made, name, route = CASES[case]
    derivation, context = made(name, route)
    assert [(s.rule, s.status, s.evidence) for s in derivation.steps if s.status != "proved"] == []
    assert derivation.assumptions == ()
    replayed = [check(BY_NAME[s.rule], s.before, s.after, context).status for s in derivation.steps]
    assert set(replayed) == {"proved"}


def test_the_cases_use_every_rule() -> None:
    used = {s.rule for made, name, route in CASES.values() for s in made(name, route)[0].steps}
    assert used == set(BY_NAME)


@pytest.mark.parametrize("name", RULES.names())
def test_a_rule_refuses_its_counterexample(name: str) -> None:
    before, context = RULES[name].counterexample()
    try:
        outcome = RULES[name].apply(before, context)
    except NotApplicable:
        return  # refused outright
    assert "failed" in [c.status for c in outcome.conditions]


@pytest.mark.parametrize("route", ROUTES)
def test_an_arbitrary_process_is_proved_under_its_hypotheses(route: str) -> None:
    derivation = walk(route, generic_context(), THETA)
    assert derivation.status == "proved-if"
    assumed = [str(c.statement) for c in derivation.assumptions]
    assert any("does not depend on theta" in text for text in assumed)
    assert any("state and action alone" in text for text in assumed)
    assert {s.status for s in derivation.steps} <= {"proved", "proved-if"}


def slips(term: Expr) -> list[Expr]:
    """A sign, a factor, a lost term or factor, a limit off by one, anywhere in the term."""
    found = [-term, 2 * term]
    if isinstance(term, (Add, Mul)):
        found += [term.func(*term.args[:i], *term.args[i + 1 :]) for i in range(len(term.args))]
    if isinstance(term, Total):
        variable, low, high = term.limits[0]
        found += [Total(term.body, (variable, low + 1, high)), Total(term.body, (variable, low, high - 1))]
    inner = [0] if isinstance(term, (Binder, D)) else range(len(term.args))
    if isinstance(term, Inert) and not isinstance(term, (Binder, D)):
        return found
    for i in inner:
        if isinstance(term.args[i], Expr):
            found += [term.func(*term.args[:i], s, *term.args[i + 1 :]) for s in slips(term.args[i])]
    return found


@pytest.mark.parametrize("route", ["policy_gradient", "advantage"])
def test_a_slip_in_a_conclusion_is_refuted(route: str) -> None:
    derivation, context = of_process("mdp3", route)
    for step in derivation.steps:
        judged = [
            check(BY_NAME[step.rule], step.before, m, context) for m in slips(step.after) if m != step.after
        ]
        refuted = [s for s in judged if s.status == "refuted"]
        assert len(refuted) >= 2, f"hardly a slip in {step.rule} is seen"
        # A slip that leaves the value (a baseline, a past reward) is true, but is not what the rule says.
        assert "proved" not in {s.status for s in judged}
        assert all(s.witness for s in refuted)


@pytest.mark.parametrize("name", ["lq1", "lq2"])
def test_a_slip_along_the_path_is_refuted(name: str) -> None:
    derivation, context = of_simulator(name, "dynamics")
    last = derivation.steps[-1]
    assert isinstance(last, Step)
    rule = BY_NAME[last.rule]
    assert check(rule, last.before, 2 * last.after, context).status == "refuted"
    assert check(rule, last.before, last.after + Rational(1, 10**9), context).status == "refuted"


def test_causality_and_the_discount_cannot_be_lost() -> None:
    derivation, context = of_process("mdp3", "policy_gradient")
    step = next(s for s in derivation.steps if s.rule == "reward-to-go")
    discount = Rational(9, 10)
    undiscounted = step.after.xreplace({discount**TIME: Rational(1)})
    assert undiscounted != step.after
    assert check(BY_NAME[step.rule], step.before, undiscounted, context).status == "refuted"


def test_a_process_that_moves_with_theta_may_not_drop_out() -> None:
    context = generic_context()
    moving = D(log(Move(STATE, STATE, ACTION, Tuple(THETA))), THETA)
    (condition,) = RULES["environment_drops"].apply(moving, context).conditions
    assert condition.status == "failed"
    assert "theta stands in P(s | s, a)" in condition.evidence


@pytest.mark.parametrize("name", SIMULATORS)
@pytest.mark.parametrize("route", SIMULATED)
def test_both_ways_through_a_simulator_end_with_its_gradient(name: str, route: str) -> None:
    derivation, context = of_simulator(name, route)
    made = environment(name)
    assert isinstance(made, LinearQuadratic)
    exact = made.gradient()
    assert derivation.result.xreplace(context.point) == Rational(exact.numerator, exact.denominator)


@pytest.mark.parametrize("form", RENDERERS.names())
def test_every_format_shows_it(form: str) -> None:
    derivations = (of_process("mdp2", "policy_gradient")[0], walk("advantage", generic_context(), THETA))
    text = RENDERERS[form](derivations)
    assert "tau" in text
    assert "causality" in text
    assert "Bellman recursion" in text


def test_typst_compiles() -> None:
    import typst

    derivations = (walk("advantage", generic_context(), THETA), of_process("mdp2", "policy_gradient")[0])
    document = typst.compile(RENDERERS["typst"](derivations).encode())
    assert document[:5] == b"%PDF-"


def test_terms_print_as_the_field_writes_them() -> None:
    assert str(Policy(ACTION, STATE, Tuple(THETA))) == "pi(a | s)"
    assert str(Move(STATE, STATE, ACTION)) == "P(s | s, a)"
    assert str(Paths(TAU)) == "sum(tau, tau)"
    assert E(HORIZON, PATH_LAW, TAU).free_symbols == {HORIZON, THETA}
    with pytest.raises(TypeError, match="only a rule may differentiate it"):
        Policy(ACTION, STATE, Tuple(THETA)).diff(THETA)


def test_the_longest_simulator_that_is_derived() -> None:
    from dataclasses import replace

    from derive.environment.dynamics import LONGEST

    made = environment("lq3")
    assert isinstance(made, LinearQuadratic)
    derivation = dynamics_walk(dynamics_context(replace(made, horizon=LONGEST)))
    assert [(s.rule, s.status) for s in derivation.steps if s.status != "proved"] == []
