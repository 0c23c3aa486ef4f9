"""A gradient reversal left in the path: the sample moves against its parameters."""

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
    """``d/dtheta g`` minus the slope of ``g`` along the path."""
    return on_noise(
        expectation,
        lambda theta: 2 * pushed(expectation, explicit(expectation, theta)) - moved(expectation, theta),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``2 a.detach() - a`` has the value of the sample and the opposite slope."""
    theta = problem.leaves(n)
    a = problem.transport(problem.draw_noise(n, generator), theta)
    return problem.gradients(problem.f(2.0 * a.detach() - a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Integrands without theta, where the whole gradient is negated, and where pathwise does not apply."""
    return why_no_explicit(expectation) or pathwise.refuses(expectation)


MISTAKE = Mistake(
    name="reversed_path",
    of="pathwise",
    says="with its distributional term turned: the derivative of the sample has the wrong sign",
    source="Ganin et al. 2016 (gradient reversal layer), left in; chainerrl issue 104 (a sign in the sample)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
