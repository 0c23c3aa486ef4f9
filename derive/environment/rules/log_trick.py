"""The log-derivative identity for the probability of a trajectory."""

from __future__ import annotations

from sympy import Eq, Expr, log

from derive.context import Context
from derive.environment.process import PATH_DENSITY, RETURN, THETA, generic_context, settled
from derive.environment.terms import Paths
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def rewritten(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, Density)):
            return None
        positive = "every action has positive probability, so that every trajectory in the sum has"
        conditions.append(settled(positive, context, "the policy at the point is positive"))
        return node.body * D(log(node.body), node.theta)

    return Outcome(rewrite(before, rewritten, "derivative of a probability"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """The derivative of a return is none of a probability."""
    context = generic_context()
    return Paths(D(RETURN, THETA)), context


RULE = Rule(
    name="log-derivative identity",
    statement=Eq(D(PATH_DENSITY, THETA), PATH_DENSITY * D(log(PATH_DENSITY), THETA), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Williams 1992, Machine Learning 8, section 4",
)
