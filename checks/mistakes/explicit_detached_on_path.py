"""theta detached in the integrand of a pathwise estimator: only the sample carries a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._terms import explicit, moved, on_noise, pushed, why_no_explicit

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The slope of ``g`` along the path alone."""
    return on_noise(
        expectation,
        lambda theta: moved(expectation, theta) - pushed(expectation, explicit(expectation, theta)),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The cost with detached parameters at a sample that carries its graph."""
    theta = problem.leaves(n)
    a = problem.transport(problem.draw_noise(n, generator), theta)
    return problem.gradients(problem.f(a), theta)


def refuses(expectation: Expectation) -> str | None:
    """Integrands without theta, and where pathwise does not apply."""
    return why_no_explicit(expectation) or pathwise.refuses(expectation)


MISTAKE = Mistake(
    name="explicit_detached_on_path",
    of="pathwise",
    says="without its explicit term E[d/dtheta g_theta(a)]: theta was detached in g, not in the sample",
    source="recursionpharma/gflownet issue 251 (detached parameters)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
