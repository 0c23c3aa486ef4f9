"""The cost at the location in place of the mean cost: g(E[a]) for E[g(a)]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._affine import affine_parts, location_of
from checks.mistakes._transported import total, why_not_scalar

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d/dtheta g(mu)``; nothing is drawn that matters."""
    image = location_of(expectation)
    values = tuple(total(expectation, image, theta) for theta in expectation.wrt)
    return Statistic(values, pathwise.transport_of(expectation).noise, expectation.family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate the cost at the location."""
    theta = problem.leaves(n)
    location, _ = affine_parts(problem, n, theta)
    return problem.gradients(problem.f(location, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families that are not of location-scale form."""
    return pathwise.refuses(expectation) or why_not_scalar(expectation)


MISTAKE = Mistake(
    name="cost_of_the_mean",
    of="pathwise",
    says="of g(E[a]) in place of E[g(a)]: the noise is not used",
    source="a mean action used for training as for evaluation",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
