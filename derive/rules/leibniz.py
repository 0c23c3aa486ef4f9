"""Leibniz: the derivative of an integral whose ends or jumps move carries their boundary terms."""

from __future__ import annotations

from sympy import Add, Eq, Expr, sqrt

from derive.context import Context
from derive.existence import domination
from derive.families import FAMILIES
from derive.kernel import Outcome, Rule
from derive.moving import boundary_terms
from derive.rewriting import rewrite
from derive.rules._statement import LOWER, UPPER, F, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Int
from derive.unfolding import unfold


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def carried(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, Int)):
            return None
        terms, said = boundary_terms(node.body, node.theta, context)
        conditions.extend(said)
        if all(c.status != "failed" for c in said):
            conditions.extend(domination(node.body, node.theta, context))
        return Add(node.body.with_body(D(node.body.body, node.theta)), *terms)

    return Outcome(rewrite(before, carried, "derivative of an integral"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """The integrand is infinite at the end that moves: its boundary term is no number."""
    low = FAMILIES["uniform"].symbols[0]
    context = setting_of("uniform", 1 / sqrt(a - low), wrt=("low",))
    return D(unfold(context.expectation.term), low), context


RULE = Rule(
    name="Leibniz rule with boundary terms",
    statement=Eq(
        D(Int(F, (a, LOWER, UPPER)), theta),
        Int(D(F, theta), (a, LOWER, UPPER))
        + F.subs(a, UPPER) * UPPER.diff(theta)
        - F.subs(a, LOWER) * LOWER.diff(theta),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Flanders, Differentiation under the integral sign, Amer. Math. Monthly 80 (1973)",
)
