"""The location detached in the transport: the sample follows the scale alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._affine import affine_parts, location_of
from checks.mistakes._transported import total, why_not_located

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``g_theta(mu + sigma b)`` with ``mu`` held fixed in the transport."""
    from sympy import Dummy

    family = expectation.family
    (location,) = location_of(expectation)
    held = Dummy("held", real=True)
    moving = (held + pathwise.transport_of(expectation).map[0] - location,)
    values = tuple(total(expectation, moving, theta).xreplace({held: location}) for theta in expectation.wrt)
    return Statistic(values, pathwise.transport_of(expectation).noise, family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``mu.detach() + sigma * b`` in place of ``mu + sigma * b``."""
    theta = problem.leaves(n)
    location, scale = affine_parts(problem, n, theta)
    a = location.detach() + scale * problem.draw_noise(n, generator)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families without a location that is asked for."""
    return pathwise.refuses(expectation) or why_not_located(expectation)


MISTAKE = Mistake(
    name="detached_location",
    of="pathwise",
    says="without the part that reaches the sample through mu: the location was detached in a = mu + sigma b",
    source="recursionpharma/gflownet issue 251 (parameters detached on the way to the sample)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
