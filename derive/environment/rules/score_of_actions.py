"""The score of drawn actions: what the simulator does with them does not depend on the parameters."""

from __future__ import annotations

from sympy import Add, Eq, Expr, Symbol

from derive.context import Context
from derive.environment.dynamics import (
    FEEDBACK,
    SIGMA,
    THETA,
    X0,
    dynamics_context,
    loss,
    noisy_states,
    states,
    symbols,
)
from derive.environment.linear_quadratic import example
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import D, E


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def scored(node: Expr) -> Expr | None:
        if not (isinstance(node, D) and isinstance(node.body, E) and node.body.law == FEEDBACK):
            return None
        u, body = node.body.variables, node.body.body
        free = THETA not in body.free_symbols
        statement = "the return is a function of the actions that theta does not enter"
        conditions.append(Condition(statement, "proved" if free else "failed", "read off the return"))
        conditions.append(context.holds(SIGMA > 0))
        dominated = "a polynomial under normal densities, whose derivatives have moments of every order"
        fits = body.is_polynomial(*u)
        conditions.append(Condition(dominated, "proved" if fits else "failed", "its degrees were counted"))
        return node.body.with_body(body * score(u))

    return Outcome(rewrite(before, scored, "derivative of an expectation over actions"), tuple(conditions))


def score(u: tuple[Symbol, ...]) -> Expr:
    """``sum_t (u_t - theta x_t) x_t / sigma**2``."""
    before = (X0, *states(u))
    return Add(*((a - THETA * x) * x / SIGMA**2 for a, x in zip(u, before, strict=False)))


_U = symbols("u", 2)
DRAWN = E(loss(states(_U)), FEEDBACK, *_U)
SCORED = E(loss(states(_U)) * score(_U), FEEDBACK, *_U)


def _counterexample() -> tuple[Expr, Context]:
    """A return with theta in it, as after the change to fixed noise, has an explicit term besides."""
    cost = loss(noisy_states(symbols("eps", 2))).xreplace(dict(zip(symbols("eps", 2), _U, strict=True)))
    return D(E(cost, FEEDBACK, *_U), THETA), dynamics_context(example())


RULE = Rule(
    name="score of the actions",
    statement=Eq(D(DRAWN, THETA), SCORED, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Williams 1992, Machine Learning 8, section 6",
)
