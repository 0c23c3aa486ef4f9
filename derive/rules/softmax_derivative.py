"""The derivative of a softmax: d y_k = y_k (d x_k - sum_j y_j d x_j)."""

from __future__ import annotations

from sympy import Eq, Expr, Symbol, factor_terms

from derive.argmax import Softmax
from derive.context import Context
from derive.kernel import Outcome, Rule
from derive.rewriting import is_ordinary, rewrite
from derive.setting import setting_of
from derive.slopes import slope
from derive.step import Condition
from derive.switches import switches
from derive.terms import D


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def carried_out(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and is_ordinary(node.body) and node.body.has(Softmax)):
            return None
        bends = switches(node.body, node.theta)
        conditions.append(
            Condition(
                f"the integrand is differentiable in {node.theta}",
                "failed" if bends else "proved",
                f"it turns where {bends[0]} = 0" if bends else "a composition of smooth functions",
            )
        )
        return factor_terms(slope(node.body, node.theta))

    return Outcome(rewrite(before, carried_out, "derivative of a softmax"), tuple(conditions))


def _counterexample() -> tuple[Expr, Context]:
    """A step of a softmax has no derivative where it jumps."""
    from sympy import Heaviside

    context = setting_of("bernoulli_logits", Symbol("a", real=True))
    (logits,) = context.expectation.wrt
    return D(Heaviside(Softmax(0, logits, 0) - 1), logits), context


x_0, x_1 = Symbol("x_0", real=True), Symbol("x_1", real=True)

RULE = Rule(
    name="derivative of the softmax",
    statement=Eq(
        D(Softmax(0, x_0, x_1), x_0), Softmax(0, x_0, x_1) * (1 - Softmax(0, x_0, x_1)), evaluate=False
    ),
    apply=apply,
    counterexample=_counterexample,
    source="Jang, Gu and Poole, Categorical reparameterization with Gumbel-softmax (2017), section 2.1",
)
