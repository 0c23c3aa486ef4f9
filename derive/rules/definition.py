"""An expectation is the integral of the integrand against the density."""

from __future__ import annotations

from sympy import Eq, Expr

from derive.context import Context
from derive.existence import existence
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules._statement import BODY, DENSITY, LAW, LINE, a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, E, Int
from derive.unfolding import unfold


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def unfolded(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        conditions.extend(existence(node.body, node.law, node.variables, context))
        return unfold(node)

    return Outcome(rewrite(before, unfolded, "expectation"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """The Cauchy law has no mean."""
    context = setting_of("cauchy", a)
    return D(context.expectation.term, context.expectation.wrt[0]), context


RULE = Rule(
    name="definition of the expectation",
    statement=Eq(E(BODY, LAW, a), Int(DENSITY * BODY, LINE), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, section 21",
)
