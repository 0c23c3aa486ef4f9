"""The density of a family, written out as a formula."""

from __future__ import annotations

from sympy import Eq, Expr, Function

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.laws import is_generic
from derive.rewriting import rewrite
from derive.rules._statement import DENSITY, a, theta
from derive.setting import generic_setting
from derive.step import Condition
from derive.terms import Density
from derive.unfolding import explicit


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def written(node: Expr) -> Expr | None:
        if not isinstance(node, Density) or is_generic(node.law):
            return None
        conditions.append(Condition(f"{node} is that of its family", "proved", "the family's own density"))
        return explicit(node)

    return Outcome(rewrite(before, written, "density of a family"), tuple(dict.fromkeys(conditions)))


def _counterexample() -> tuple[Expr, Context]:
    """Of an arbitrary law there is no formula."""
    return DENSITY, generic_setting()


RULE = Rule(
    name="density written out",
    statement=Eq(DENSITY, Function("p", positive=True)(a, theta), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="the family's own density",
)
