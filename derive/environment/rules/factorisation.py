"""The probability of a trajectory is the product of its steps."""

from __future__ import annotations

from sympy import Eq, Expr, log

from derive.context import Context
from derive.environment.process import PATH_DENSITY, PATH_LAW, RETURN, generic_context, horizon_of, settled
from derive.environment.terms import HORIZON, likelihood
from derive.kernel import Outcome, Rule
from derive.rewriting import rewrite
from derive.step import Condition
from derive.terms import Density


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def factorised(node: Expr) -> Expr | None:
        if not (isinstance(node, log) and isinstance(node.args[0], Density)):
            return None
        markov = "states follow by state and action alone, actions by the state alone"
        conditions.append(settled(markov, context, "that is how the process is given"))
        return log(likelihood(node.args[0].law, horizon_of(context)))

    return Outcome(rewrite(before, factorised, "probability of a trajectory"), tuple(conditions))


LIKELIHOOD = likelihood(PATH_LAW, HORIZON)


def _counterexample() -> tuple[Expr, Context]:
    """A return is no probability."""
    context = generic_context()
    return log(RETURN), context


RULE = Rule(
    name="a trajectory factorises",
    statement=Eq(log(PATH_DENSITY), log(LIKELIHOOD), evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Sutton and Barto, Reinforcement Learning, 2nd edition (2018), section 3.1",
)
