"""The derivative of an ordinary expression, carried out."""

from __future__ import annotations

from sympy import DiracDelta, Eq, Expr, Symbol, factor_terms
from sympy.core.function import AppliedUndef, Derivative

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import binders, is_ordinary, rewrite
from derive.rules._smooth import differentiable
from derive.rules._statement import BODY, a, theta
from derive.setting import setting_of
from derive.slopes import slope
from derive.step import Condition
from derive.terms import D


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []
    bound = {v for binder in binders(before) for v in binder.variables}

    def carried_out(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and is_ordinary(node.body)) or node.body.atoms(AppliedUndef):
            return None  # of an arbitrary function nothing can be carried out
        conditions.append(_condition(node, bound, context))
        return factor_terms(slope(node.body, node.theta))

    return Outcome(rewrite(before, carried_out, "derivative of an ordinary expression"), tuple(conditions))


def _condition(node: D, bound: set[Symbol], context: Context) -> Condition:
    """Under an integral a derivative holds almost everywhere; jumps were settled at the interchange."""
    condition = differentiable(node.body, node.theta, context)
    deltas = node.body.diff(node.theta).atoms(DiracDelta)
    if all(delta.free_symbols & bound for delta in deltas):
        return condition
    return Condition(condition.statement, "failed", "it jumps, so its derivative is no function")


def _counterexample() -> tuple[Expr, Context]:
    """A step has no derivative where it jumps, and a zero derivative elsewhere would be a lie."""
    from sympy import Heaviside

    context = setting_of("normal", a**2)
    mu = context.expectation.wrt[0]
    return D(Heaviside(mu - a), mu), context


RULE = Rule(
    name="differentiate",
    statement=Eq(D(BODY, theta), Derivative(BODY, theta), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="the rules of calculus, as SymPy's diff knows them",
)
