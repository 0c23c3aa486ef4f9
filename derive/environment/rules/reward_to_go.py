"""The rewards after an action, discounted to its own time, with the discount of that time in front."""

from __future__ import annotations

from sympy import Eq, Expr, Mul

from derive.context import Context
from derive.environment.process import CAUSAL, PAIRS, TO_GO, generic_context
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, E, Total


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def collected(node: Expr) -> Expr | None:
        if not (isinstance(node, Total) and isinstance(node.body, Total)):
            return None
        (time, *_), inner = node.limits[0], node.body
        ((later, low, high),) = inner.limits
        expectations = [f for f in Mul.make_args(inner.body) if isinstance(f, E)]
        factor = Mul(*(f for f in Mul.make_args(inner.body) if f not in expectations))
        if low != time or len(expectations) != 1:
            return None
        conditions.append(Condition("gamma**k = gamma**t gamma**(k - t)", "proved", "elementary"))
        (one,) = expectations
        score, reward = _parts(one)
        earned = Total(factor.xreplace({later: later - time}) * reward, (later, time, high))
        return node.with_body(factor.xreplace({later: time}) * one.with_body(score * earned))

    return Outcome(rewrite(before, collected, "causal sum of pairs"), tuple(conditions))


def _parts(node: E) -> tuple[Expr, Expr]:
    scores = [f for f in Mul.make_args(node.body) if isinstance(f, D)]
    return Mul(*scores), Mul(*(f for f in Mul.make_args(node.body) if f not in scores))


def _counterexample() -> tuple[Expr, Context]:
    """With the past still in it, the sum does not start at the action."""
    context = generic_context()
    return PAIRS, context


RULE = Rule(
    name="reward-to-go",
    statement=Eq(CAUSAL, TO_GO, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Sutton and Barto (2018), section 13.3",
)
