"""The derivative of a family's density: itself times its score, which is how one writes it in one line."""

from __future__ import annotations

from sympy import Eq, Expr, log

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.laws import is_generic
from derive.rewriting import rewrite
from derive.rules import log_derivative, score
from derive.rules._statement import DENSITY, theta
from derive.setting import generic_setting
from derive.step import Condition
from derive.terms import D, Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def written(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, Density)) or is_generic(node.body.law):
            return None
        by_logarithm = log_derivative.apply(node, context)
        made = score.apply(by_logarithm.after, context)
        conditions.extend((*by_logarithm.conditions, *made.conditions))
        return made.after

    return Outcome(
        rewrite(before, written, "derivative of a family's density"), tuple(dict.fromkeys(conditions))
    )


def _counterexample() -> tuple[Expr, Context]:
    """An arbitrary law has no score that could be written out."""
    return D(DENSITY, theta), generic_setting()


RULE = Rule(
    name="derivative of the density",
    statement=Eq(D(DENSITY, theta), DENSITY * D(log(DENSITY), theta), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Williams (1992), section 4",
)
