"""The score of a location-scale family without its 1/sigma**2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._affine import affine_parts
from checks.mistakes._terms import drawn, explicit, line, on_samples, score, why_not_line

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``sigma**2 g d/dtheta log p(a) + d/dtheta g(a)``."""
    _, scale, _ = line(expectation)
    g = expectation.integrand
    return on_samples(
        expectation, lambda theta: scale**2 * g * score(expectation, theta) + explicit(expectation, theta)
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """A score multiplied through by the variance."""
    theta, a, cost = drawn(problem, n, generator)
    _, scale = affine_parts(problem, n, theta)
    weight = cost.detach() * scale.detach() ** 2
    return problem.gradients(weight * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but ``a = mu + sigma b`` of single numbers, and moving supports."""
    return why_not_line(expectation) or score_function.refuses(expectation)


MISTAKE = Mistake(
    name="lost_precision",
    of="score_function",
    says="with its distributional term multiplied by sigma**2: the score lacks its 1/sigma**2",
    source="RussTedrake/manipulation issue 231 (an exercise whose score lacks 1/sigma**2)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
