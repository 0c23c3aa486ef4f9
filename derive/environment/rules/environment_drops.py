"""What the environment does, given the actions, does not depend on the parameters."""

from __future__ import annotations

from sympy import Eq, Expr, S, Tuple, log

from derive.context import Context
from derive.environment.process import SCORES, THETA, free_of, generic_context
from derive.environment.rules.log_of_product import LOG_TERMS
from derive.environment.terms import ACTION, STATE, Move, Product, Start
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, Total


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def dropped(node: Expr) -> Expr | None:
        inner = node.body if isinstance(node, Total) and not isinstance(node, Product) else node
        if not (isinstance(inner, D) and isinstance(inner.body, log)):
            return None
        part = inner.body.args[0]
        if not isinstance(part, (Start, Move)):
            return None
        what = "the start" if isinstance(part, Start) else "the next state, given state and action,"
        conditions.append(free_of(inner.theta, part, what, context))
        return S.Zero

    return Outcome(rewrite(before, dropped, "part of the environment"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """A process that itself depends on the parameters may not be dropped."""
    context = generic_context()
    return D(log(Move(STATE, STATE, ACTION, Tuple(THETA))), THETA), context


RULE = Rule(
    name="the environment drops out",
    statement=Eq(LOG_TERMS, SCORES, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Williams 1992; Sutton et al. 2000, theorem 1",
)
