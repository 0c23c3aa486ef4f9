"""The derivative of the transport by the scale taken to be 1, not the noise b."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._affine import affine_parts
from checks.mistakes._transported import scale_parameter, why_not_scalar

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g'(a)`` in place of ``g'(a) b`` for the scale."""
    sigma = scale_parameter(expectation)
    (axis,) = pathwise.transport_of(expectation).map
    velocity = {theta: (1,) if theta == sigma else (axis.diff(theta),) for theta in expectation.wrt}
    values = tuple(pathwise.along(expectation, theta, velocity[theta]) for theta in expectation.wrt)
    return Statistic(values, pathwise.transport_of(expectation).noise, expectation.family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate through ``(mu + sigma b).detach() + mu + sigma``, whose derivative by sigma is 1."""
    theta = problem.leaves(n)
    location, scale = affine_parts(problem, n, theta)
    a = (location + scale * problem.draw_noise(n, generator)).detach()
    a = a + (location - location.detach()) + (scale - scale.detach())
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families whose scale is not one parameter."""
    return pathwise.refuses(expectation) or why_not_scalar(expectation)


MISTAKE = Mistake(
    name="missing_noise_factor",
    of="pathwise",
    says="with da/dsigma = 1 in place of the noise: the factor b is missing in its part by sigma",
    source="catalogue of mistakes: the pathwise derivative by sigma without its noise",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
