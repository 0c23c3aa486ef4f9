"""The explicit term counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta log p(a) + 2 d/dtheta g(a)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(g * family.log_density.diff(theta) + 2 * slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``g.detach() log p + 2 g``."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(cost.detach() * problem.log_density(a, theta) + 2 * cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """An integrand without theta has no explicit term."""
    if not expectation.integrand.free_symbols & set(expectation.wrt):
        return "the integrand does not depend on the parameters: it has no explicit term"
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="explicit_term_twice",
    of="score_function",
    says="with its explicit term E[d/dtheta g_theta(a)] counted twice",
    source="a loss added to a surrogate that contains it",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
