"""The derivative of an ordinary expression, carried out."""

from __future__ import annotations

from sympy import DiracDelta, Eq, Expr, S, factor_terms
from sympy.core.function import AppliedUndef, Derivative

from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import is_ordinary, rewrite
from derive.rules._smooth import differentiable
from derive.rules._statement import BODY, a, theta
from derive.setting import setting_of
from derive.step import Condition
from derive.terms import D


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def carried_out(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and is_ordinary(node.body)) or node.body.atoms(AppliedUndef):
            return None  # of an arbitrary function nothing can be carried out
        slope = node.body.diff(node.theta)
        condition = differentiable(node.body, node.theta, context)
        if context.expectation.family.lattice and condition.status == "proved":
            # No jump lies on an outcome, so its delta is zero at each of them.
            slope = slope.replace(DiracDelta, lambda *_: S.Zero)
        made = factor_terms(slope)
        if made.has(DiracDelta):
            condition = Condition(condition.statement, "failed", "it jumps, so its derivative is no function")
        conditions.append(condition)
        return made

    return Outcome(rewrite(before, carried_out, "derivative of an ordinary expression"), tuple(conditions))


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
