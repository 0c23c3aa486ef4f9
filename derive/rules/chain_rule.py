"""The chain rule behind the pathwise gradient: theta acts in g itself and through the sample."""

from __future__ import annotations

from sympy import Add, DiracDelta, Eq, Expr, Subs, Symbol, factor_terms
from sympy.core.function import AppliedUndef, Derivative

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import is_ordinary, rewrite
from derive.rules._smooth import differentiable
from derive.rules._statement import BODY, TRANSPORT, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D


def apply(before: Expr, context: Context) -> Outcome:
    expectation = context.expectation
    g, transport = expectation.integrand, expectation.family.transport
    conditions: list[Condition] = []

    def chained(node: Expr) -> Expr | None:
        if transport is None or not (isinstance(node, D) and is_ordinary(node.body)):
            return None
        path = dict(zip(expectation.family.samples, transport.map, strict=True))
        if node.body != g.xreplace(path):
            return None
        made = _at(g, node.theta, path)
        made += Add(*(_at(g, a_i, path) * t.diff(node.theta) for a_i, t in path.items()))
        conditions.append(_no_jump(made, node, context))
        return made if made.atoms(AppliedUndef) else factor_terms(made)

    return Outcome(
        rewrite(before, chained, "derivative of the integrand along the transport"), tuple(conditions)
    )


def _at(g: Expr, symbol: Symbol, path: dict[Symbol, Expr]) -> Expr:
    """The partial derivative of ``g``, then the sample replaced by its path."""
    partial = g.diff(symbol)
    if not g.atoms(AppliedUndef):
        return partial.xreplace(path)
    return Subs(Derivative(g, symbol), tuple(path), tuple(path.values()))


def _no_jump(made: Expr, node: D, context: Context) -> Condition:
    condition = differentiable(node.body, node.theta, context)
    if made.has(DiracDelta):
        return Condition(
            condition.statement, "failed", "it jumps along the path, so its derivative is no function"
        )
    return condition


def _counterexample() -> tuple[Expr, Context]:
    """A step integrand jumps along the path."""
    from sympy import Heaviside

    context = setting_of("normal", Heaviside(a - 1))
    mu = context.expectation.wrt[0]
    transport = context.expectation.family.transport
    assert transport is not None  # the normal family has one
    return D(Heaviside(transport.map[0] - 1), mu), context


RULE = Rule(
    name="chain rule",
    statement=Eq(
        D(BODY.subs(a, TRANSPORT), theta),
        Subs(Derivative(BODY, theta), a, TRANSPORT)
        + Subs(Derivative(BODY, a), a, TRANSPORT) * Derivative(TRANSPORT, theta),
        evaluate=False,
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Kingma and Welling, Auto-encoding variational Bayes (2014), section 2.4",
)
