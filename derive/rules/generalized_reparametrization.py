"""A derivative of the density becomes a velocity at fixed standardised noise, and what is left of a score."""

from __future__ import annotations

from sympy import Eq, Expr, Function, Subs, Symbol, factor_terms
from sympy.core.function import Derivative

from derive.context import Context
from derive.existence import existence
from derive.implicit import continuous
from derive.kernel import Outcome, Rule
from derive.laws import log_density
from derive.rewriting import rewrite
from derive.rules._statement import BODY, DENSITY, LINE, a, theta
from derive.rules.implicit_reparametrization import jump_on_the_path, moving_density_of
from derive.slopes import slope
from derive.standardised import standardised
from derive.step import Condition
from derive.terms import D, Density, Int


def apply(before: Expr, context: Context) -> Outcome:
    """``p dg/da v + p g r`` with the velocity ``v`` at fixed noise and ``r`` its remaining score.

    The flux ``F = g p v`` through the ends of the support vanishes: in the level ``y`` of a sample, which
    runs over the whole line, F is integrable with its derivative where the expectations named are finite,
    and such a function tends to zero.
    """
    family = context.expectation.family
    conditions: list[Condition] = []

    def moved(node: Expr) -> Expr | None:
        parts = moving_density_of(family, node)
        if parts is None:
            return None
        density, wrt, body = parts
        made = standardised(family)
        (x,) = node.variables
        along = factor_terms(slope(body, x) * made.velocity(wrt))
        rest = body * made.remainder(wrt)
        conditions.append(continuous(node, body, context))
        for part in (along, rest, body * made.pace(wrt), body * _score(density, wrt)):
            conditions.extend(existence(part, density.law, node.variables, context))
        return Int(density * (along + rest), *node.limits)

    made = rewrite(before, moved, "integral of a derivative of the density")
    return Outcome(made, tuple(dict.fromkeys(conditions)))


def _score(density: Density, wrt: Symbol) -> Expr:
    return log_density(density.law, *density.point).diff(wrt)


_V = Function("v", real=True)(a, theta)

RULE = Rule(
    name="generalized reparametrization",
    statement=Eq(
        Int(BODY * D(DENSITY, theta), LINE),
        Int(DENSITY * Subs(Derivative(BODY, a), a, a) * _V, LINE)
        + Int(BODY * (D(DENSITY, theta) + Derivative(DENSITY * _V, a)), LINE),
        evaluate=False,
    ),
    apply=apply,
    counterexample=jump_on_the_path,
    source="Ruiz, Titsias, Blei, The generalized reparameterization gradient (2016), section 3",
)
