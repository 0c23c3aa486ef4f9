"""The scale squared in the log-density alone: the samples are right and the score is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._transported import scale_name, scale_parameter, why_not_located

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta log p(a; mu, sigma**2) + d/dtheta g(a)`` at samples of ``p(a; mu, sigma)``."""
    from checks.calculus import slope

    family, g, sigma = expectation.family, expectation.integrand, scale_parameter(expectation)
    wrong = family.log_density.xreplace({sigma: sigma**2})
    values = tuple(g * wrong.diff(theta) + slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate with the log-density at the squared scale."""
    from checks.problem import Theta

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost, name = problem.f(a, theta), scale_name(problem)
    squared = Theta({**theta, name: theta[name] ** 2})
    return problem.gradients(cost.detach() * problem.log_density(a, squared) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Families without a location and a scale that are asked for."""
    return score_function.refuses(expectation) or why_not_located(expectation)


MISTAKE = Mistake(
    name="variance_for_scale_in_score",
    of="score_function",
    says="with the score of another law: sigma**2 stands for sigma in log p",
    source="a variance passed where a standard deviation belongs",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
