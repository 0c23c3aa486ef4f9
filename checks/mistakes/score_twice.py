"""The distributional term counted twice."""

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
    """``2 g d/dtheta log p(a) + d/dtheta g(a)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(2 * g * family.log_density.diff(theta) + slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``2 g.detach() log p + g``."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(2 * cost.detach() * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="score_twice",
    of="score_function",
    says="with its distributional term counted twice",
    source="two surrogates added that each hold the whole score-function term",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
