"""A density that does not depend on the parameter, such as that of fixed noise, leaves its derivative."""

from __future__ import annotations

from sympy import Eq, Expr

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite, split_density
from derive.rules._statement import BASE, BODY, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def pulled(node: Expr) -> Expr | None:
        if not isinstance(node, D):
            return None
        density, rest = split_density(node.body)
        if density is None or node.theta in density.free_symbols:
            return None
        statement = f"{density} does not depend on {node.theta}"
        conditions.append(Condition(statement, "proved", "by inspection"))
        return density * D(rest, node.theta)

    return Outcome(rewrite(before, pulled, "derivative with a constant factor"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """The density of a itself depends on theta and stays under the derivative."""
    context = setting_of("normal", a**2)
    mu = context.expectation.wrt[0]
    return D(Density(context.expectation.family.law, a) * mu, mu), context


RULE = Rule(
    name="constant factor",
    statement=Eq(D(Density(BASE, a) * BODY, theta), Density(BASE, a) * D(BODY, theta), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="linearity of the derivative",
)
