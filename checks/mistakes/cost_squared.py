"""The cost multiplied in twice: linear code that is quadratic in the cost."""

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
    """``g**2 d/dtheta log p(a) + d/dtheta g(a)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(g**2 * family.log_density.diff(theta) + slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``g.detach()**2 log p + g``."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(cost.detach() ** 2 * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="cost_squared",
    of="score_function",
    says="with the cost squared in its distributional term: cost times 10 gives gradient times 100",
    source="storchastic, ScoreFunctionWOR (the cost in the gradient function and in the surrogate)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
