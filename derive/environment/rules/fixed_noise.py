"""Actions drawn around a feedback, as a function of noise that no parameter moves."""

from __future__ import annotations

from sympy import Eq, Expr, Symbol

from derive.context import Context
from derive.environment.dynamics import (
    FEEDBACK,
    NOISE,
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
from derive.terms import E


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def moved(node: Expr) -> Expr | None:
        if not (isinstance(node, E) and node.law == FEEDBACK):
            return None
        eps = symbols("eps", len(node.variables))
        drawn = dict(zip(node.variables, _actions(eps), strict=True))
        given = "given the past, u_t is Normal(theta x_t, sigma): (u_t - theta x_t)/sigma is standard normal"
        conditions.append(Condition(given, "proved", "location and scale"))
        conditions.append(context.holds(SIGMA > 0))
        return E(node.body.xreplace(drawn), NOISE, *eps)

    return Outcome(rewrite(before, moved, "expectation over drawn actions"), tuple(conditions))


def _actions(eps: tuple[Symbol, ...]) -> list[Expr]:
    """``u_t = theta x_t + sigma eps_t``, with the states written out."""
    before = (X0, *noisy_states(eps))
    return [THETA * x + SIGMA * e for x, e in zip(before, eps, strict=False)]


_U, _EPS = symbols("u", 2), symbols("eps", 2)
DRAWN = E(loss(states(_U)), FEEDBACK, *_U)
FIXED = E(loss(noisy_states(_EPS)), NOISE, *_EPS)


def _counterexample() -> tuple[Expr, Context]:
    """Nothing is left to move once the noise is fixed."""
    return FIXED, dynamics_context(example())


RULE = Rule(
    name="actions from fixed noise",
    statement=Eq(DRAWN, FIXED, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Heess et al. 2015, Stochastic Value Gradients, section 3",
)
