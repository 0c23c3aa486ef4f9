"""The variance used as the standard deviation: a = mu + sigma**2 b."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._affine import affine_parts
from checks.mistakes._transported import rescaled, total, why_not_scalar

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d/dtheta g(mu + sigma**2 b)``."""
    image = rescaled(expectation, lambda scale: scale**2)
    values = tuple(total(expectation, image, theta) for theta in expectation.wrt)
    return Statistic(values, pathwise.transport_of(expectation).noise, expectation.family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate through ``mu + sigma**2 b``."""
    theta = problem.leaves(n)
    location, scale = affine_parts(problem, n, theta)
    a = location + scale**2 * problem.draw_noise(n, generator)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families whose scale is not one parameter."""
    return pathwise.refuses(expectation) or why_not_scalar(expectation)


MISTAKE = Mistake(
    name="squared_scale",
    of="pathwise",
    says="of another law: the noise was multiplied by sigma**2 where sigma belongs",
    source="catalogue of mistakes: variance for standard deviation",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
