"""A derivative of the density becomes a velocity of the samples, by implicit differentiation of F(a) = u."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Function, Mul, Rational, Subs, Symbol, factor_terms
from sympy.core.function import AppliedUndef, Derivative

from derive.context import Context
from derive.existence import existence
from derive.family import Family
from derive.implicit import Velocity, continuous, levelled, transported, velocity_of
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.rules._statement import BODY, DENSITY, LINE, a, theta
from derive.setting import setting_of
from derive.slopes import slope
from derive.step import Condition
from derive.terms import D, Density, Int, Total


def apply(before: Expr, context: Context) -> Outcome:
    family = context.expectation.family
    conditions: list[Condition] = []

    def moved(node: Expr) -> Expr | None:
        parts = moving_density_of(family, node)
        if parts is None:
            return None
        density, wrt, body = parts
        velocity = velocity_of(family, wrt)
        along = _along(body, node.variables, velocity)
        conditions.extend(
            (
                transported(family, wrt, velocity),
                Condition("a -> F_theta(a) increases: p > 0 on the support", "proved", "p = exp(log p)"),
                levelled(family, wrt, velocity),
                continuous(node, body, context),
                *existence(along, density.law, node.variables, context),
            )
        )
        return Int(density * along, *node.limits)

    return Outcome(rewrite(before, moved, "integral of a derivative of the density"), tuple(conditions))


def moving_density(node: Expr) -> tuple[Density, Symbol, Expr] | None:
    """``(p, theta, g)`` of an integral, or a sum, of ``g * dp/dtheta``."""
    if not isinstance(node, (Int, Total)):
        return None
    factors = Mul.make_args(node.body)
    moving = [f for f in factors if isinstance(f, D) and isinstance(f.body, Density)]
    if len(moving) != 1:
        return None
    body = Mul(*(f for f in factors if f is not moving[0]))
    return (moving[0].body, moving[0].theta, body)


def moving_density_of(family: Family, node: Expr) -> tuple[Density, Symbol, Expr] | None:
    """The same of an integral over the samples of ``family`` itself."""
    parts = moving_density(node) if isinstance(node, Int) else None
    if parts is None or parts[0].law != family.law or parts[0].point != node.variables:
        return None
    return parts


def _along(body: Expr, variables: tuple[Symbol, ...], velocity: Velocity) -> Expr:
    """``grad g . v``."""
    made = Add(*(_partial(body, x) * v for x, v in zip(variables, velocity, strict=True)))
    return made if made.atoms(AppliedUndef) else factor_terms(made)


def _partial(body: Expr, x: Symbol) -> Expr:
    return body.diff(x) if body.atoms(AppliedUndef) else slope(body, x)


def jump_on_the_path() -> tuple[Expr, Context]:
    """A step integrand jumps as the sample moves."""
    from sympy import Heaviside

    context = setting_of("gamma", Heaviside(a - Rational(7, 5)))
    law, wrt = context.expectation.family.law, context.expectation.wrt[0]
    return Int(Heaviside(a - Rational(7, 5)) * D(Density(law, a), wrt), (a, 0, *LINE[2:])), context


_F = Function("F", real=True)(a, theta)

RULE = Rule(
    name="implicit reparametrization",
    statement=Eq(
        Int(BODY * D(DENSITY, theta), LINE),
        Int(DENSITY * Subs(Derivative(BODY, a), a, a) * (-Derivative(_F, theta) / DENSITY), LINE),
        evaluate=False,
    ),
    apply=apply,
    counterexample=jump_on_the_path,
    source="Figurnov, Mohamed, Mnih, Implicit reparameterization gradients (2018), equations 4 and 5",
)
