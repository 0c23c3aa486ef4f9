"""The score by mu written as (a - mu)/sigma: one power of 1/sigma is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._transported import column, scale_name, scale_parameter, why_not_located

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The score with its part multiplied by sigma."""
    from checks.calculus import slope

    family, g, sigma = expectation.family, expectation.integrand, scale_parameter(expectation)
    values = []
    for theta in expectation.wrt:
        score = family.log_density.diff(theta)
        wrong = score if theta == sigma else score * sigma
        values.append(g * wrong + slope(g, theta))
    return Statistic(tuple(values), family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``g`` times that score, and the explicit term."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    explicit = problem.gradients(cost, theta)
    score = problem.gradients(problem.log_density(a, theta), theta)
    name = scale_name(problem)
    scale = problem.theta[name].detach()
    wrong = column(problem, name, score * scale, 1.0 / scale)
    return cost.detach().unsqueeze(-1) * wrong + explicit


def refuses(expectation: Expectation) -> str | None:
    """Families without a location and a scale that are asked for."""
    return score_function.refuses(expectation) or why_not_located(expectation)


MISTAKE = Mistake(
    name="score_of_location_lacks_scale",
    of="score_function",
    says="with its distributional part by mu multiplied by sigma: the score lacks a factor 1/sigma",
    source="RussTedrake/manipulation issue 231 (an exercise whose score lacks powers of 1/sigma)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
