"""The derivative of a finite sum over trajectories is the sum of the derivatives."""

from __future__ import annotations

from sympy import Eq, Expr

from derive.context import Context
from derive.environment.process import PATH_DENSITY, RETURN, THETA, generic_context, settled
from derive.environment.terms import Paths
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def inside(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, Paths)):
            return None
        smooth = f"every probability of an action is differentiable in {node.theta}"
        conditions.append(settled(smooth, context, "a sigmoid or a softmax of the parameters"))
        return Paths(D(node.body.body, node.theta), *node.body.variables)

    return Outcome(rewrite(before, inside, "derivative of a sum over trajectories"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """The derivative is inside already."""
    context = generic_context()
    return Paths(D(PATH_DENSITY * RETURN, THETA)), context


RULE = Rule(
    name="derivative of a finite sum",
    statement=Eq(
        D(Paths(PATH_DENSITY * RETURN), THETA), Paths(D(PATH_DENSITY * RETURN, THETA)), evaluate=False
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Rudin, Principles of Mathematical Analysis, theorem 5.3",
)
