"""A law of location and scale: its density is that of the noise at (a - mu)/sigma, divided by sigma."""

from __future__ import annotations

from sympy import Eq, Expr

from derive.context import Context
from derive.generic import LOCATION, SCALE
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules._statement import DENSITY, a
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import Density, Law
from derive.transports import pushes_forward


def apply(before: Expr, context: Context) -> Outcome:
    family = context.expectation.family
    transport = family.transport
    conditions: list[Condition] = []

    def standardised(node: Expr) -> Expr | None:
        if transport is None or transport.form != "location_scale" or len(transport.map) != 1:
            return None
        if not isinstance(node, Density) or node.law != family.law:
            return None
        path, (b,) = transport.map[0], family.noise
        scale = path.diff(b)
        conditions.append(pushes_forward(transport.map, family.law, transport.noise, context))
        conditions.append(context.positive(scale))
        return Density(transport.noise, (node.point[0] - path.xreplace({b: b * 0})) / scale) / scale

    made = rewrite(before, standardised, "density of location and scale")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _counterexample() -> tuple[Expr, Context]:
    """A Kumaraswamy law has no scale: its transport is a quantile."""
    context = setting_of("kumaraswamy", a)
    return Density(context.expectation.family.law, a), context


RULE = Rule(
    name="location and scale",
    statement=Eq(DENSITY, Density(Law("P", 0, 1), (a - LOCATION) / SCALE) / SCALE, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Kraehenbuehl and Wu, Differentiating sampling (2019), slide 'Reparametrization trick'",
)
