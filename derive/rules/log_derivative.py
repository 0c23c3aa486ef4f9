"""The log-derivative identity: d p = p d log p, which makes the first term an expectation."""

from __future__ import annotations

from sympy import Eq, Expr, Rational, log, oo

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.laws import is_generic, log_density
from derive.rewriting import rewrite
from derive.rules._statement import DENSITY, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def rewritten(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, Density)):
            return None
        conditions.append(_positive(node.body, context))
        return node.body * D(log(node.body), node.theta)

    return Outcome(rewrite(before, rewritten, "derivative of a density"), tuple(conditions))


def _positive(density: Density, context: Context) -> Condition:
    statement = f"{density} > 0 on the support"
    if is_generic(density.law):
        return Condition(statement, "assumed")
    if any(not p.is_Symbol for p in density.point):
        return Condition(statement, "failed", "the density is asked for at a fixed point, perhaps outside")
    finite = not log_density(density.law, *density.point).has(oo)
    return Condition(statement, "proved" if finite else "failed", "p = exp(log p) with log p finite inside")


def _counterexample() -> tuple[Expr, Context]:
    """At a fixed point that a moving support may leave, p can vanish."""
    context = setting_of("uniform", a**2)
    law = context.expectation.family.law
    return D(Density(law, Rational(1, 3)), context.expectation.wrt[0]), context


RULE = Rule(
    name="log-derivative identity",
    statement=Eq(D(DENSITY, theta), DENSITY * D(log(DENSITY), theta), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Williams, Simple statistical gradient-following algorithms, Machine Learning 8 (1992), section 4",
)
