"""The expected return is a sum over the trajectories."""

from __future__ import annotations

from sympy import Eq, Expr

from derive.context import Context
from derive.environment.process import PATH_DENSITY, PATH_LAW, RETURN, generic_context, settled
from derive.environment.terms import TAU, Paths, trajectory_density
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import E


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def summed(node: Expr) -> Expr | None:
        if not isinstance(node, E) or node.variables != (TAU,):
            return None
        conditions.append(settled("there are finitely many states, actions and steps", context, "counted"))
        return Paths(trajectory_density(node.law) * node.body)

    return Outcome(rewrite(before, summed, "expectation over trajectories"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """A sum is no expectation: there is nothing to write out."""
    context = generic_context()
    return Paths(PATH_DENSITY * RETURN), context


RULE = Rule(
    name="sum over trajectories",
    statement=Eq(E(RETURN, PATH_LAW, TAU), Paths(PATH_DENSITY * RETURN), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Puterman, Markov Decision Processes (1994), section 2.1",
)
