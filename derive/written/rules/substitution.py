"""The substitution a = m + s b in an integral against a density at (a - m)/s, with da = s db."""

from __future__ import annotations

from sympy import Eq, Expr, Symbol, oo

from derive.context import Context
from derive.generic import LOCATION, SCALE
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite, split_density
from derive.rules._statement import BODY, LINE, a, b
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Density, Int, Law


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []
    noise = context.expectation.family.noise

    def substituted(node: Expr) -> Expr | None:
        if not isinstance(node, Int) or len(node.limits) > 1 or node.limits[0][1:] != (-oo, oo):
            return None
        density, rest = split_density(node.body)
        variable = node.variables[0]
        parts = None if density is None else _affine(density.point, variable)
        if density is None or parts is None or variable in noise:
            return None
        location, scale = parts
        conditions.append(context.positive(scale))
        body = Density(density.law, noise[0]) * scale * rest.xreplace({variable: location + scale * noise[0]})
        return Int(body, (noise[0], -oo, oo))

    made = rewrite(before, substituted, "integral against a density at (a - m)/s")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _affine(point: tuple[Expr, ...], variable: Symbol) -> tuple[Expr, Expr] | None:
    """Location and scale of ``(variable - m)/s``; None where the point is the variable itself."""
    if len(point) != 1 or point[0] == variable:
        return None
    slope = point[0].diff(variable)
    if slope == 0 or variable in slope.free_symbols:
        return None
    return (-point[0].xreplace({variable: variable * 0}) / slope).expand(), 1 / slope


def _counterexample() -> tuple[Expr, Context]:
    """With a scale of -2 the limits change places, and the substitution would turn the sign."""
    context = setting_of("normal", a**2)
    return Int(Density(Law("normal", 0, 1), -a / 2) * a**2, LINE), context


RULE = Rule(
    name="substitution",
    statement=Eq(
        Int(Density(Law("P", 0, 1), (a - LOCATION) / SCALE) * BODY, LINE),
        Int(Density(Law("P", 0, 1), b) * SCALE * BODY.subs(a, LOCATION + SCALE * b), (b, -oo, oo)),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Kraehenbuehl and Wu, Differentiating sampling (2019), slide 'Reparametrization trick'",
)
