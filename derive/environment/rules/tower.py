"""What follows an action counts by its expectation, the value of the action."""

from __future__ import annotations

from sympy import Eq, Expr, Mul, Tuple, log

from derive.context import Context
from derive.environment.process import CRITIC, PATH_LAW, THETA, TO_GO, gamma_of, generic_context, horizon_of
from derive.environment.terms import (
    HORIZON,
    LATER,
    TAU,
    TIME,
    ActionAt,
    ActionValue,
    Reward,
    StateAt,
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

    def averaged(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        sums = [f for f in Mul.make_args(node.body) if isinstance(f, Total)]
        if len(sums) != 1 or not sums[0].has(Reward):
            return None
        ((_, time, high),) = sums[0].limits
        rest = Mul(*(f for f in Mul.make_args(node.body) if f is not sums[0]))
        conditions.append(_of_here(rest, time))
        defined = "Q(t, s, a) = E[sum_{k >= t} gamma**(k - t) r_k | s_t = s, a_t = a]"
        conditions.append(_whole(sums[0], high, context, defined))
        value = ActionValue(time, StateAt(TAU, time), ActionAt(TAU, time), parameters_of(node.law))
        return node.with_body(rest * value)

    return Outcome(rewrite(before, averaged, "rewards that follow an action"), tuple(conditions))


def _of_here(rest: Expr, time: Expr) -> Condition:
    """The other factor has to be known once state and action are."""
    late = [p for p in rest.atoms(StateAt, ActionAt) if p.time != time]
    status: ConditionStatus = "failed" if late else "proved"
    return Condition("the score is a function of state and action at t", status, "read off the score")


def _whole(total: Total, high: Expr, context: Context, statement: str) -> Condition:
    """The sum has to be the very one that the value is the expectation of."""
    ((later, time, _),) = total.limits
    wanted = gamma_of(context) ** (later - time) * reward_at(later)
    same = total.body == wanted and high == horizon_of(context) - 1
    return Condition(statement, "proved" if same else "failed", "compared with the definition")


def _counterexample() -> tuple[Expr, Context]:
    """Rewards without their discounts have another expectation."""
    context = generic_context()
    later = Total(reward_at(LATER), (LATER, TIME, HORIZON - 1))
    return E(D(log(policy_at(TIME, Tuple(THETA))), THETA) * later, PATH_LAW, TAU), context


RULE = Rule(
    name="tower property",
    statement=Eq(TO_GO, CRITIC, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Sutton et al. 2000, Policy Gradient Methods, theorem 1",
)
