"""A sum weighed by the probabilities of the trajectories is an expectation."""

from __future__ import annotations

from sympy import Eq, Expr

from derive.context import Context
from derive.environment.process import PATH_DENSITY, PATH_LAW, RETURN, generic_context
from derive.environment.terms import TAU, Paths
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite, split_density
from derive.step import Condition
from derive.terms import E


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def folded(node: Expr) -> Expr | None:
        if not isinstance(node, Paths):
            return None
        density, rest = split_density(node.body)
        if density is None:
            return None
        conditions.append(Condition("every trajectory is weighed once", "proved", "read off the term"))
        return E(rest, density.law, *node.variables)

    return Outcome(rewrite(before, folded, "weighed sum over trajectories"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """Weighed by the square of the probability, it is no expectation."""
    context = generic_context()
    return Paths(PATH_DENSITY**2 * RETURN), context


RULE = Rule(
    name="sum back to an expectation",
    statement=Eq(Paths(PATH_DENSITY * RETURN), E(RETURN, PATH_LAW, TAU), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Puterman, Markov Decision Processes (1994), section 2.1",
)
