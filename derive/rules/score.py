"""The score: the derivative of the log-density of a family, written out."""

from __future__ import annotations

from sympy import Eq, Expr, factor_terms, log

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.laws import is_generic, log_density
from derive.rewriting import rewrite
from derive.rules._smooth import differentiable
from derive.rules._statement import DENSITY, theta
from derive.step import Condition
from derive.terms import D, Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def written(node: Expr) -> Expr | None:
        if not (
            isinstance(node, D) and isinstance(node.body, log) and isinstance(node.body.args[0], Density)
        ):
            return None
        density = node.body.args[0]
        if is_generic(density.law):
            return None
        value = log_density(density.law, *density.point)
        conditions.append(differentiable(value, node.theta, context))
        return factor_terms(value.diff(node.theta))

    return Outcome(rewrite(before, written, "score of a family"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """An arbitrary law has no score that could be written out."""
    from derive.setting import generic_setting

    context = generic_setting()
    return D(log(DENSITY), theta), context


RULE = Rule(
    name="score",
    statement=Eq(D(log(DENSITY), theta), D(DENSITY, theta) / DENSITY, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Cox and Hinkley, Theoretical Statistics, section 4.2",
)
