"""The derivative of density times integrand: the distributional and the explicit term."""

from __future__ import annotations

from sympy import Eq, Expr

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite, split_density
from derive.rules._smooth import differentiable
from derive.rules._statement import BODY, DENSITY, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Int


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def differentiated(node: Expr) -> Expr | None:
        if not isinstance(node, D):
            return None
        density, rest = split_density(node.body)
        if density is None or rest == 1:
            return None
        conditions.append(differentiable(rest, node.theta, context))
        return rest * D(density, node.theta) + density * D(rest, node.theta)

    return Outcome(
        rewrite(before, differentiated, "derivative of a density times a function"), tuple(conditions)
    )


def _counterexample() -> tuple[Expr, Context]:
    """A product without a density factor is not this rule's."""
    context = setting_of("normal", a**2)
    return Int(D(a**2, context.expectation.wrt[0]), (a, 0, 1)), context


RULE = Rule(
    name="product rule",
    statement=Eq(
        D(DENSITY * BODY, theta), BODY * D(DENSITY, theta) + DENSITY * D(BODY, theta), evaluate=False
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Kraehenbuehl and Wu, Differentiating sampling (2019); Leibniz",
)
