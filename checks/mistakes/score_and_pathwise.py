"""Score function and pathwise derivative both added: the distributional term counts twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import moved, on_noise, pushed, score, why_not_both

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta log p(a)`` plus the total derivative of ``g_theta(T_theta(b))``."""
    g = expectation.integrand
    return on_noise(
        expectation,
        lambda theta: pushed(expectation, g * score(expectation, theta)) + moved(expectation, theta),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate with a cost whose sample carries its graph."""
    theta = problem.leaves(n)
    a = problem.transport(problem.draw_noise(n, generator), theta)
    cost = problem.f(a, theta)
    return problem.gradients(cost.detach() * problem.log_density(a.detach(), theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where one of the two estimators does not apply."""
    return why_not_both(expectation)


MISTAKE = Mistake(
    name="score_and_pathwise",
    of="score_function",
    says="plus its distributional term once more: it came by the score and along the path",
    source="catalogue of estimators, M13c (score function and pathwise added)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
