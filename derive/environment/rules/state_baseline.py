"""Any function of the state may be subtracted; here its value, which leaves the advantage."""

from __future__ import annotations

from sympy import Eq, Expr, Mul

from derive.context import Context
from derive.environment.process import ADVANTAGE, CRITIC, PATH_LAW, RETURN, generic_context
from derive.environment.terms import TAU, ActionValue, StateValue
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, E


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def lowered(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        values = [f for f in Mul.make_args(node.body) if isinstance(f, ActionValue)]
        rest = Mul(*(f for f in Mul.make_args(node.body) if f not in values))
        if len(values) != 1 or not isinstance(rest, D):
            return None
        (value,) = values
        time, state, _, parameters = value.args
        conditions.append(
            Condition("E[score at t | s_t] = 0", "proved", "the policy sums to one in every state")
        )
        return node.with_body(rest * (value - StateValue(time, state, parameters)))

    return Outcome(rewrite(before, lowered, "score times the value of an action"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """Without a score, a baseline changes the expectation."""
    context = generic_context()
    return E(RETURN**2, PATH_LAW, TAU), context


RULE = Rule(
    name="baseline of the state",
    statement=Eq(CRITIC, ADVANTAGE, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Sutton and Barto (2018), section 13.4; Greensmith et al. 2004",
)
