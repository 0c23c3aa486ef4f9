"""The sum over visits evaluated by the Bellman recursion, with the numbers of the process."""

from __future__ import annotations

from sympy import Eq, Expr, Symbol

from derive.context import Context
from derive.environment.process import VISITED, ReturnExpectation, generic_context
from derive.environment.terms import TIME, Visits
from derive.errors import NotApplicable
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, Total


def apply(before: Expr, context: Context) -> Outcome:
    made = context.expectation
    if not isinstance(made, ReturnExpectation) or made.closed is None:
        raise NotApplicable("the process has no closed gradient that is short enough to read")
    conditions: list[Condition] = []

    def evaluated(node: Expr) -> Expr | None:
        if not (isinstance(node, Total) and node.has(Visits) and node.variables == (TIME,)):
            return None
        conditions.append(Condition("backwards from Q(T) = 0", "proved", "in exact polynomials"))
        return made.closed[_theta(node)] if made.closed else None

    return Outcome(rewrite(before, evaluated, "sum over visits"), tuple(conditions))


def _theta(node: Total) -> str:
    (theta,) = {d.theta for d in node.atoms(D)}
    return str(theta)


GRADIENT = Symbol("J", real=True)


def _counterexample() -> tuple[Expr, Context]:
    """An arbitrary process has no numbers."""
    return VISITED, generic_context()


RULE = Rule(
    name="Bellman recursion",
    statement=Eq(VISITED, GRADIENT, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Puterman, Markov Decision Processes (1994), section 4.2",
)
