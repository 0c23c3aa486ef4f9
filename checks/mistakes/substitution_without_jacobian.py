"""The integral substituted without ``da = sigma db``: a weight 1/sigma stays in the integrand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import line, lined, moved, on_noise, pushed, why_not_line

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``g_theta(mu + sigma b)/sigma``."""
    _, scale, _ = line(expectation)
    g = pushed(expectation, expectation.integrand)
    return on_noise(
        expectation, lambda theta: moved(expectation, theta) / scale + g * (1 / scale).diff(theta)
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The cost divided by sigma, with its graph."""
    theta, location, scale, b = lined(problem, n, generator)
    return problem.gradients(problem.f(location + scale * b, theta) / scale, theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but ``a = mu + sigma b`` of single numbers, with a scale that is asked for."""
    return why_not_line(expectation)


MISTAKE = Mistake(
    name="substitution_without_jacobian",
    of="pathwise",
    says="of E[g]/sigma: a = mu + sigma b was substituted without da = sigma db",
    source="catalogue of estimators, M06b",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
