"""The chain rule of the logarithm: d log p = d p / p."""

from __future__ import annotations

from sympy import Eq, Expr, log

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules import log_derivative
from derive.rules._statement import DENSITY, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def divided(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, log)):
            return None
        density = node.body.args[0]
        if not isinstance(density, Density):
            return None
        # The same hypothesis as in the other direction: p > 0.
        conditions.extend(log_derivative.apply(D(density, node.theta), context).conditions)
        return D(density, node.theta) / density

    return Outcome(rewrite(before, divided, "derivative of a log-density"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """At a fixed point that a moving support may leave, p can vanish."""
    context = setting_of("uniform", theta * 0 + 1)
    law, high = context.expectation.family.law, context.expectation.wrt[1]
    return D(log(Density(law, 3)), high), context


RULE = Rule(
    name="derivative of the logarithm",
    statement=Eq(D(log(DENSITY), theta), D(DENSITY, theta) / DENSITY, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Williams (1992), section 4",
)
