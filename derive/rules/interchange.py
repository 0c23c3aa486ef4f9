"""The derivative goes under the integral sign, or the sum, where a dominating function allows it."""

from __future__ import annotations

from sympy import Eq, Expr, Symbol

from derive.context import Context
from derive.existence import domination
from derive.kernel import Outcome, Rule
from derive.moving import moving_ends, moving_jumps
from derive.rewriting import rewrite, split_density
from derive.rules._smooth import smooth_at_outcomes
from derive.rules._statement import BODY, DENSITY, LINE, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Int, Total
from derive.unfolding import unfold


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def exchanged(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, (Int, Total))):
            return None
        integral = node.body
        conditions.extend(_conditions(integral, node.theta, context))
        return integral.with_body(D(integral.body, node.theta))

    return Outcome(rewrite(before, exchanged, "derivative of an integral"), tuple(conditions))


def _conditions(integral: Int | Total, wrt: Symbol, context: Context) -> tuple[Condition, ...]:
    fixed = (_fixed_ends(integral, wrt), _no_moving_jump(integral, wrt, context))
    if any(c.status == "failed" for c in fixed):
        return fixed
    return (*fixed, *domination(integral, wrt, context))


def _fixed_ends(integral: Int | Total, wrt: Symbol) -> Condition:
    what = "sum" if isinstance(integral, Total) else "integral"
    statement = f"the ends of the {what} do not depend on {wrt}"
    moving = moving_ends(integral, wrt)
    if not moving:
        return Condition(statement, "proved", "read off the limits")
    return Condition(statement, "failed", f"the end {moving[0]} moves: its boundary term would be lost")


def _no_moving_jump(integral: Int | Total, wrt: Symbol, context: Context) -> Condition:
    statement = f"the integrand has no jump that moves with {wrt}"
    if context.generic:
        return Condition(statement, "assumed")
    if isinstance(integral, Total):
        return _smooth_terms(integral, wrt, context)
    found = moving_jumps(integral, wrt, context)
    if isinstance(found, str):
        return Condition(statement, "assumed", found)
    if not found:
        return Condition(statement, "proved", "every jump stays where it is, and bends do no harm")
    first = found[0]
    return Condition(
        statement, "failed", f"it jumps by {first.height} at {integral.variables[0]} = {first.at}"
    )


def _smooth_terms(integral: Total, wrt: Symbol, context: Context) -> Condition:
    """Of a sum each term must be differentiable; between the outcomes anything may happen."""
    density, rest = split_density(integral.body)
    if density is None:
        return Condition(f"every term is differentiable in {wrt}", "assumed")
    return smooth_at_outcomes(rest, density.law, integral.variables, wrt, context)


def _counterexample() -> tuple[Expr, Context]:
    """Uniform(0, theta) in density form: the end of the support moves."""
    context = setting_of("uniform", a**2, wrt=("high",))
    return D(unfold(context.expectation.term), context.expectation.wrt[0]), context


RULE = Rule(
    name="interchange of derivative and integral",
    statement=Eq(D(Int(DENSITY * BODY, LINE), theta), Int(D(DENSITY * BODY, theta), LINE), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, Theorem 16.8; of a sum: Rudin, Principles, Theorem 7.17",
)
