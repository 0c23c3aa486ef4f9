"""The logarithm of a product is the sum of the logarithms, and so is its derivative."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Mul, Symbol, log

from derive.context import Context
from derive.environment.process import PATH_LAW, RETURN, THETA, generic_context, settled
from derive.environment.terms import HORIZON, Product, likelihood
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, Law, Total


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def parted(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, log) and node.body.has(Product)):
            return None
        conditions.append(settled("every factor is positive", context, "on the trajectories of the sum"))
        return Add(*(_logarithm(f, node.theta) for f in Mul.make_args(node.body.args[0])))

    return Outcome(rewrite(before, parted, "logarithm of a product"), tuple(conditions))


def _logarithm(factor: Expr, theta: Symbol) -> Expr:
    if isinstance(factor, Product):
        return Total(D(log(factor.body), theta), *factor.limits)
    return D(log(factor), theta)


def log_terms(law: Law, horizon: Expr, theta: Symbol) -> Expr:
    """What the rule makes of the logarithm of a likelihood."""
    return Add(*(_logarithm(f, theta) for f in Mul.make_args(likelihood(law, horizon))))


LIKELIHOOD = likelihood(PATH_LAW, HORIZON)
LOG_TERMS = log_terms(PATH_LAW, HORIZON, THETA)


def _counterexample() -> tuple[Expr, Context]:
    """The logarithm of a sum is no sum of logarithms."""
    context = generic_context()
    return D(log(RETURN), THETA), context


RULE = Rule(
    name="logarithm of a product",
    statement=Eq(D(log(LIKELIHOOD), THETA), LOG_TERMS, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="elementary",
)
