"""The expectation over trajectories as a sum over visited states and actions."""

from __future__ import annotations

from sympy import Eq, Expr, Mul, Tuple, log

from derive.context import Context
from derive.environment.process import (
    CRITIC,
    PATH_LAW,
    THETA,
    VISITED,
    actions_of,
    generic_context,
    states_of,
)
from derive.environment.terms import (
    ACTION,
    STATE,
    TAU,
    TIME,
    ActionAt,
    Policy,
    StateAt,
    Visits,
    parameters_of,
    policy_at,
    reward_at,
)
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition, ConditionStatus
from derive.terms import D, E, Total


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def counted(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        scores = [f for f in Mul.make_args(node.body) if isinstance(f, D)]
        if len(scores) != 1 or not isinstance(scores[0].body, log):
            return None
        policy, rest = (
            scores[0].body.args[0],
            Mul(*(f for f in Mul.make_args(node.body) if f is not scores[0])),
        )
        if not isinstance(policy, Policy):
            return None
        time = policy.args[0].time
        here = {StateAt(TAU, time): STATE, ActionAt(TAU, time): ACTION}
        conditions.append(_of_here(node.body.xreplace(here)))
        conditions.append(Condition("pi d log pi = d pi", "proved", "the log-derivative identity, backwards"))
        slope = D(policy.xreplace(here), scores[0].theta)
        inner = Total(slope * rest.xreplace(here), (ACTION, 0, actions_of(context) - 1))
        weight = Visits(time, STATE, parameters_of(node.law))
        return Total(weight * inner, (STATE, 0, states_of(context) - 1))

    return Outcome(rewrite(before, counted, "expectation of one step"), tuple(conditions))


def _of_here(body: Expr) -> Condition:
    statement = "the term is a function of state and action at t"
    status: ConditionStatus = "failed" if TAU in body.free_symbols else "proved"
    return Condition(statement, status, "read off the term")


def _counterexample() -> tuple[Expr, Context]:
    """A reward one step later is no function of this state and action."""
    context = generic_context()
    return E(D(log(policy_at(TIME, Tuple(THETA))), THETA) * reward_at(TIME + 1), PATH_LAW, TAU), context


RULE = Rule(
    name="sum over visits",
    statement=Eq(CRITIC, VISITED, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Sutton et al. 2000, Policy Gradient Methods, theorem 1",
)
