"""The derivative of the states along the path: dx_{t+1} = B x_t + (A + B theta) dx_t."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Symbol

from derive.context import Context
from derive.environment.dynamics import THETA, dynamics_context, loss, noisy_states, sensitivities, symbols
from derive.environment.linear_quadratic import example
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def carried(node: Expr) -> Expr | None:
        if not isinstance(node, D):
            return None
        eps = tuple(s for s in symbols("eps", MOST) if s in node.body.free_symbols)
        same = node.theta == THETA and node.body == loss(noisy_states(eps))
        statement = "the term is the return of the simulator under its noise"
        conditions.append(Condition(statement, "proved" if same else "failed", "compared term by term"))
        return chained(eps) if same else node

    return Outcome(rewrite(before, carried, "derivative along a path"), tuple(conditions))


def chained(eps: tuple[Symbol, ...]) -> Expr:
    """``-sum_t 2 x_t dx_t``."""
    return Add(*(-2 * x * dx for x, dx in zip(noisy_states(eps), sensitivities(eps), strict=True)))


# The longest horizon that a step is made for.
MOST = 16
_EPS = symbols("eps", 2)
NOISY_RETURN = loss(noisy_states(_EPS))
CHAINED = chained(_EPS)


def _counterexample() -> tuple[Expr, Context]:
    """With a state held fixed, as a detached one is, the recursion is another one."""
    cut = noisy_states(_EPS)[1].xreplace({THETA: symbols("held", 1)[0]})
    return D(loss((*noisy_states(_EPS)[:1], cut)), THETA), dynamics_context(example())


RULE = Rule(
    name="chain rule along the path",
    statement=Eq(D(NOISY_RETURN, THETA), CHAINED, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Werbos 1990, Backpropagation Through Time",
)
