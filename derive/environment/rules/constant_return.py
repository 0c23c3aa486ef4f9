"""The return of a trajectory does not depend on the parameters: they move its probability alone."""

from __future__ import annotations

from sympy import Eq, Expr, Tuple, log

from derive.context import Context
from derive.environment.process import PATH_DENSITY, RETURN, THETA, free_of, generic_context
from derive.environment.terms import TAU, ActionAt, Policy, StateAt
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite, split_density
from derive.step import Condition
from derive.terms import D


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def taken_out(node: Expr) -> Expr | None:
        if not isinstance(node, D):
            return None
        density, rest = split_density(node.body)
        if density is None or rest == 1:
            return None
        conditions.append(free_of(node.theta, rest, "the return of a trajectory", context))
        return rest * D(density, node.theta)

    return Outcome(rewrite(before, taken_out, "derivative of a weighed return"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """An entropy bonus depends on the parameters."""
    context = generic_context()
    paid = Policy(ActionAt(TAU, 0), StateAt(TAU, 0), Tuple(THETA))
    return D(PATH_DENSITY * (RETURN - log(paid)), THETA), context


RULE = Rule(
    name="the return is held fixed",
    statement=Eq(D(PATH_DENSITY * RETURN, THETA), RETURN * D(PATH_DENSITY, THETA), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Williams 1992, Machine Learning 8, section 5",
)
