"""A density at a fixed point, such as a moving end, written out."""

from __future__ import annotations

from sympy import Eq, Expr, Function, Rational, exp, expand

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.laws import is_generic, log_density, support_of
from derive.rewriting import rewrite
from derive.rules._statement import DENSITY, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def written(node: Expr) -> Expr | None:
        if (
            not isinstance(node, Density)
            or is_generic(node.law)
            or any(p.is_Symbol for p in _free(node, context))
        ):
            return None
        conditions.append(_inside(node, context))
        return exp(expand(log_density(node.law, *node.point)))

    return Outcome(rewrite(before, written, "density at a fixed point"), tuple(conditions))


def _free(node: Density, context: Context) -> tuple[Expr, ...]:
    """The coordinates that are still bound variables."""
    family = context.expectation.family
    return tuple(p for p in node.point if p in (*family.samples, *family.noise))


def _inside(node: Density, context: Context) -> Condition:
    """The formula of the density holds inside the support and, as a limit, at its ends."""
    statement = f"{node.point[0]} lies in the closed support of {node.law}"
    axis, at = support_of(node.law)[0], context.point
    low, x, high = (e.subs(at) for e in (axis.lower, node.point[0], axis.upper))
    held = bool(low <= x) and bool(x <= high)
    return Condition(statement, "proved" if held else "failed", "compared at the point")


def _counterexample() -> tuple[Expr, Context]:
    """Outside the support the density is zero, whatever the formula says."""
    context = setting_of("uniform", a**2)
    return Density(context.expectation.family.law, Rational(100)), context


RULE = Rule(
    name="value of the density",
    statement=Eq(DENSITY, Function("p", positive=True)(a, theta), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="the family's own density",
)
