"""An expectation of two sums is the sum over all pairs."""

from __future__ import annotations

from sympy import Eq, Expr, Mul

from derive.context import Context
from derive.environment.process import PAIRS, PATH_LAW, RETURN, SCORES, generic_context, settled
from derive.environment.terms import TAU
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, E, Total


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def paired(node: Expr) -> Expr | None:
        if not isinstance(node, E):
            return None
        sums = [f for f in Mul.make_args(node.body) if isinstance(f, Total)]
        if len(sums) != 2 or len(Mul.make_args(node.body)) != 2:
            return None
        scores, rewards = sorted(sums, key=lambda f: not f.has(D))
        factor, reward = _split(rewards.body)
        conditions.append(settled("every term is bounded", context, "finitely many trajectories"))
        inner = factor * E(scores.body * reward, node.law, *node.variables)
        return Total(Total(inner, *rewards.limits), *scores.limits)

    return Outcome(rewrite(before, paired, "expectation of two sums"), tuple(conditions))


def _split(body: Expr) -> tuple[Expr, Expr]:
    """The factors that are the same on every trajectory, and those that are not."""
    parts = Mul.make_args(body)
    fixed = [p for p in parts if TAU not in p.free_symbols]
    return Mul(*fixed), Mul(*(p for p in parts if p not in fixed))


def _counterexample() -> tuple[Expr, Context]:
    """One sum makes no pairs."""
    context = generic_context()
    return E(RETURN, PATH_LAW, TAU), context


RULE = Rule(
    name="linearity",
    statement=Eq(E(SCORES * RETURN, PATH_LAW, TAU), PAIRS, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, theorem 16.1",
)
