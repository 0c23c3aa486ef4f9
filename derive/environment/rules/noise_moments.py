"""The moments of standard normal noise, monomial by monomial."""

from __future__ import annotations

from sympy import Eq, Expr, S, exp, factor_terms

from derive.context import Context
from derive.environment.dynamics import NOISE, dynamics_context, symbols
from derive.environment.gaussian import moments
from derive.environment.linear_quadratic import example
from derive.kernel import Outcome, Rule
from derive.rewriting import is_ordinary, rewrite
from derive.step import Condition
from derive.terms import E


def apply(before: Expr, context: Context) -> Outcome:
    conditions: list[Condition] = []

    def evaluated(node: Expr) -> Expr | None:
        if not (isinstance(node, E) and node.law == NOISE):
            return None
        if not is_ordinary(node.body) or not node.body.is_polynomial(*node.variables):
            return None
        conditions.append(
            Condition("E[eps**k] = (k-1)!! for even k, 0 for odd k", "proved", "Gaussian moments")
        )
        return factor_terms(moments(node.body, node.variables))

    return Outcome(rewrite(before, evaluated, "polynomial in normal noise"), tuple(conditions))


_EPS = symbols("eps", 1)
NOISE_POWER = E(_EPS[0] ** 4, NOISE, *_EPS)
NOISE_MOMENT = S(3)


def _counterexample() -> tuple[Expr, Context]:
    """An exponential of the noise is no polynomial."""
    return E(exp(_EPS[0]), NOISE, *_EPS), dynamics_context(example())


RULE = Rule(
    name="moments of the noise",
    statement=Eq(NOISE_POWER, NOISE_MOMENT, evaluate=False),
    apply=apply,
    counterexample=_counterexample,
    source="Isserlis 1918",
)
