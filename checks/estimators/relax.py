"""RELAX: the score function with any differentiable control variate, whose gradient is put back by its path.

``(g(b) - c(z~)) d log p(b) + d c(z) - d c(z~)`` for the coin ``b = 1{z > 0}`` of the logistic ``z``, and
``z~`` drawn anew given ``b``. It is unbiased for every ``c``. Here ``c(z) = eta g(sigmoid(z/tau)) + r0 + r1
tanh(z/2)``, the relaxed integrand and a network of one unit; ``r0 = r1 = 0`` is REBAR. Given the coin, its
mean is the score function's with the constant baseline ``c(0)``: the rest of ``c`` only adds variance, and
``eta = r1 = 0`` is the constant baseline ``r0``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Draw, Estimator, Statistic
from checks.estimators import _conditional
from checks.estimators._conditional import Control, odds_given, only_odds, speed_given

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The estimator in the coin ``a`` and one uniform number for each of ``z`` and ``z~``."""
    from sympy import Symbol

    from checks.calculus import slope
    from derive.terms import Law

    u, v = Symbol("u", real=True), Symbol("v", real=True)
    family, g, c = expectation.family, expectation.integrand, Control.of(expectation)
    (a,), phi = family.samples, only_odds(expectation)
    first, again, speed = odds_given(a, u, phi), odds_given(a, v, phi), speed_given(a, v, phi)

    def value(theta: Symbol) -> Expr:
        moves = phi.diff(theta)
        path = c.slope(first) * moves + c.by(theta, first)
        path_again = c.slope(again) * speed * moves + c.by(theta, again)
        return (g - c.value(again)) * family.log_density.diff(theta) + slope(g, theta) + path - path_again

    uniform = Law("uniform", 0, 1)
    more = (Draw(uniform, (u,)), Draw(uniform, (v,)))
    values = tuple(value(theta) for theta in expectation.wrt)
    # As of REBAR, the square has dozens of terms with powers of u and v below the bar.
    return Statistic(values, family.law, (a,), more, closed=False)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(g(b) - c(z~)) log p(b) + g(b) + c(z) - c(z~)``."""
    from checks.draws import uniforms

    theta, logits, b, z = _conditional.thrown(problem, n, generator)
    again = _conditional.logistic_given(b, uniforms((n,), generator), logits)
    cost = problem.f(b, theta)
    one, other = (_conditional.control(problem, theta, x) for x in (z, again))
    surrogate = (cost - other).detach() * problem.log_density(b, theta) + cost + one - other
    return problem.gradients(surrogate, theta)


ESTIMATOR = Estimator(
    name="relax",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a single coin, tau > 0, an integrand that is smooth between the outcomes",
    source="Grathwohl, Choi, Wu, Roeder, Duvenaud 2018, Backpropagation through the Void, equation 9; 3.3",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=_conditional.refuses,
    knobs=(("eta", "1"), ("r0", "1/10"), ("r1", "1/5"), ("tau", "1/2")),
    evaluations=3,
)
