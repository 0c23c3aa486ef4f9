"""The reparametrization: a = T(b) turns the integral against p_theta into one against fixed noise."""

from __future__ import annotations

from sympy import Abs, Eq, Expr, oo

from derive.context import Context
from derive.errors import NotApplicable
from derive.kernel import Outcome, Rule
from derive.laws import is_generic, support_of
from derive.rewriting import rewrite, split_density
from derive.rules._statement import BODY, DENSITY, LINE, NOISE_LINE, TRANSPORT, a, b
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D, Density, Int, Law
from derive.transports import ends_map, increasing, pushes_forward
from derive.unfolding import unfold


def apply(before: Expr, context: Context) -> Outcome:
    family = context.expectation.family
    transport = family.transport
    if family.lattice:
        raise NotApplicable(
            f"{family.name} has no transport: its samples are whole numbers, and a map of fixed noise into "
            "whole numbers that is continuous in the parameters is constant in them",
            "use the score function",
        )
    if transport is None:
        raise NotApplicable(
            f"{family.name} has no transport: no elementary map of fixed noise makes its samples",
            "implicit reparametrization needs none",
        )
    conditions: list[Condition] = []

    def substituted(node: Expr) -> Expr | None:
        if not isinstance(node, Int):
            return None
        density, rest = split_density(node.body)
        if density is None or density.law != family.law or density.point != node.variables:
            return None
        noise = transport.noise
        conditions.extend(_conditions(density.law, noise, transport.map, context))
        path = dict(zip(node.variables, transport.map, strict=True))
        body = Density(noise, *family.noise) * rest.xreplace(path)
        return Int(body, *_limits(noise, family.noise))

    return Outcome(rewrite(before, substituted, "integral that a transport could rewrite"), tuple(conditions))


def _limits(noise: Law, variables: tuple[Expr, ...]) -> list[tuple[Expr, Expr, Expr]]:
    if is_generic(noise):
        return [(v, -oo, oo) for v in variables]
    axes = support_of(noise)
    return [(v, axis.lower, axis.upper) for v, axis in zip(variables, axes, strict=True)]


def _conditions(law: Law, noise: Law, path: tuple[Expr, ...], context: Context) -> tuple[Condition, ...]:
    free = set().union(*(p.free_symbols for p in noise.parameters)) & set(context.expectation.wrt)
    fixed = Condition(
        f"the law of the noise, {noise}, does not depend on what is differentiated",
        "failed" if free else "proved",
        f"it depends on {', '.join(sorted(map(str, free)))}" if free else "by inspection",
    )
    return (
        fixed,
        increasing(path, noise, context),
        ends_map(path, law, noise, context),
        pushes_forward(path, law, noise, context),
    )


def _counterexample() -> tuple[Expr, Context]:
    """The wrong map for the law: a = mu + sigma**2 b does not push N(0, 1) to N(mu, sigma**2)."""
    context = setting_of("normal", a**2, spoil_transport=True)
    return D(unfold(context.expectation.term), context.expectation.wrt[0]), context


RULE = Rule(
    name="change of variables",
    statement=Eq(
        Int(DENSITY * BODY, LINE),
        Int(DENSITY.subs(a, TRANSPORT) * Abs(TRANSPORT.diff(b)) * BODY.subs(a, TRANSPORT), NOISE_LINE),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Rudin, Real and Complex Analysis, Theorem 7.26; Kingma and Welling (2014), section 2.4",
)
