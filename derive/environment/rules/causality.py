"""Rewards before an action have nothing to do with its score: E[score_t | past] = 0."""

from __future__ import annotations

from sympy import Eq, Expr, Symbol, Tuple, log

from derive.context import Context
from derive.environment.process import CAUSAL, PAIRS, PATH_LAW, THETA, generic_context
from derive.environment.terms import GAMMA, HORIZON, LATER, TAU, TIME, ActionAt, Reward, StateAt, policy_at
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, E, Total


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def cut(node: Expr) -> Expr | None:
        found = _pairs_of(node)
        if found is None:
            return None
        inner, time = found
        ((later, low, high),) = inner.limits
        if low != 0:
            return None
        normal = Condition(
            "sum_a pi(a | s) = 1, so that E[score at t | past] = 0", "proved", "differentiated"
        )
        conditions.extend((normal, _of_the_past(inner, later)))
        return node.with_body(inner.func(inner.body, (later, time, high)))

    return Outcome(rewrite(before, cut, "sum over pairs of score and reward"), tuple(conditions))


def _pairs_of(node: Expr) -> tuple[Total, Symbol] | None:
    if not (isinstance(node, Total) and isinstance(node.body, Total)):
        return None
    return node.body, node.variables[0]


def _of_the_past(inner: Total, later: Symbol) -> Condition:
    """A reward at k has to be a function of the trajectory up to k."""
    rewards = inner.atoms(Reward)
    seen = {point.time for r in rewards for point in r.atoms(StateAt, ActionAt)}
    statement = "the reward at k is a function of state and action at k"
    late = next((t for t in seen if t != later), None)
    if late is None and rewards:
        return Condition(statement, "proved", "read off the reward")
    return Condition(statement, "failed", f"it depends on what happens at {late}")


def _counterexample() -> tuple[Expr, Context]:
    """A reward that is handed out for what happens one step later is not of the past."""
    context = generic_context()
    seen = Reward(StateAt(TAU, LATER + 1), ActionAt(TAU, LATER + 1))
    body = GAMMA**LATER * E(D(log(policy_at(TIME, Tuple(THETA))), THETA) * seen, PATH_LAW, TAU)
    return Total(Total(body, (LATER, 0, HORIZON - 2)), (TIME, 0, HORIZON - 1)), context


RULE = Rule(
    name="causality",
    statement=Eq(PAIRS, CAUSAL, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Sutton and Barto (2018), section 13.3; Peters and Schaal 2008, section 3.3",
)
