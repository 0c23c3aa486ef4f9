"""The scale detached in the transport: the sample follows the location alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._affine import affine_parts, location_of, why_not_affine

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``g_theta(mu + sigma b)`` with ``sigma`` held fixed in the transport."""
    location = location_of(expectation)
    values = tuple(
        pathwise.along(expectation, theta, tuple(axis.diff(theta) for axis in location))
        for theta in expectation.wrt
    )
    return Statistic(values, pathwise.transport_of(expectation).noise, expectation.family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``mu + sigma.detach() * b`` in place of ``mu + sigma * b``."""
    theta = problem.leaves(n)
    b = problem.draw_noise(n, generator)
    location, scale = affine_parts(problem, n, theta)
    fixed = scale.detach()
    a = location + ((fixed @ b.unsqueeze(-1)).squeeze(-1) if fixed.dim() == 3 else fixed * b)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families that are not of location-scale form, or whose scale is not asked for."""
    return pathwise.refuses(expectation) or why_not_affine(expectation)


MISTAKE = Mistake(
    name="detached_scale",
    of="pathwise",
    says="without the part that reaches the sample through sigma: the scale was detached in a = mu + sigma b",
    source="recursionpharma/gflownet issue 251 (parameters detached on the way to the sample)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
