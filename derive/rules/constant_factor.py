"""A factor that does not depend on the parameter leaves its derivative."""

from __future__ import annotations

from sympy import Eq, Expr, Mul, S

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules._statement import BASE, BODY, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def pulled(node: Expr) -> Expr | None:
        if not isinstance(node, D):
            return None
        factors = Mul.make_args(node.body)
        free = Mul(*(f for f in factors if node.theta not in f.free_symbols))
        rest = Mul(*(f for f in factors if node.theta in f.free_symbols))
        if free == 1:
            return None
        conditions.append(Condition(f"{free} does not depend on {node.theta}", "proved", "by inspection"))
        return S.Zero if rest == 1 else free * D(rest, node.theta)

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
