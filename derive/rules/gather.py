"""The sum of expectations under one law is the expectation of the sum, where each of them exists."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Function

from derive.context import Context
from derive.existence import existence
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules._statement import BODY, LAW, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import E


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def gathered(node: Expr) -> Expr | None:
        parts = node.args if isinstance(node, Add) else ()
        found = [part for part in parts if isinstance(part, E)]
        if len(found) < 2 or len({part.args[1:] for part in found}) > 1:
            return None
        first = found[0]
        for part in found:
            conditions.extend(existence(part.body, part.law, part.variables, context))
        rest = (part for part in parts if not isinstance(part, E))
        return Add(first.with_body(Add(*(part.body for part in found))), *rest)

    return Outcome(rewrite(before, gathered, "sum of expectations under one law"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """E[a] + E[1 - a] is not E[1] under a Cauchy law, where neither mean exists."""
    context = setting_of("cauchy", a)
    law = context.expectation.family.law
    return E(a, law, a) + E(1 - a, law, a), context


_F = Function("f", real=True)(a, theta)

RULE = Rule(
    name="linearity, gathered",
    statement=Eq(E(BODY, LAW, a) + E(_F, LAW, a), E(BODY + _F, LAW, a), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, Theorem 16.1",
)
