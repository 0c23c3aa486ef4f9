"""The derivative under the expectation over fixed noise."""

from __future__ import annotations

from sympy import Eq, Expr, Function

from derive.context import Context
from derive.environment.dynamics import FEEDBACK, NOISE, THETA, dynamics_context, loss, states, symbols
from derive.environment.linear_quadratic import example
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, E


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def inside(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, E)):
            return None
        fixed = node.theta not in node.body.law.free_symbols
        statement = f"the law of the noise does not depend on {node.theta}"
        conditions.append(Condition(statement, "proved" if fixed else "failed", "read off the law"))
        smooth = node.body.body.is_polynomial(node.theta, *node.body.variables)
        dominated = "a polynomial in theta and the noise, all of whose moments are finite"
        conditions.append(Condition(dominated, "proved" if smooth else "failed", "its degrees were counted"))
        return node.body.with_body(D(node.body.body, node.theta))

    return Outcome(rewrite(before, inside, "derivative of an expectation over noise"), tuple(conditions))


_EPS = symbols("eps", 1)
F = Function("f", real=True)(THETA, *_EPS)
UNDER_NOISE = E(F, NOISE, *_EPS)
SLOPE_UNDER_NOISE = E(D(F, THETA), NOISE, *_EPS)


def _counterexample() -> tuple[Expr, Context]:
    """Drawn actions have a law that moves with theta."""
    u = symbols("u", 2)
    return D(E(loss(states(u)), FEEDBACK, *u), THETA), dynamics_context(example())


RULE = Rule(
    name="interchange under fixed noise",
    statement=Eq(D(UNDER_NOISE, THETA), SLOPE_UNDER_NOISE, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Billingsley, Probability and Measure, theorem 16.8",
)
