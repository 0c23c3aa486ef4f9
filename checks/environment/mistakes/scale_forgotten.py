"""Evolution strategy without the division by the width of the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentMistake
from checks.environment.smoothing import refuses, smoothed

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``f(t + s b) b``."""
    return smoothed(expectation, lambda f, b, s: f(b) * b)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The width forgotten."""
    b = problem.draw_noise(n, generator)

    def f(noise: torch.Tensor) -> torch.Tensor:
        return problem.f(problem.transport(noise)).detach()

    return (f(b) * b)[:, None]


MISTAKE = EnvironmentMistake(
    name="scale_forgotten",
    kind="black_box",
    of="evolution_strategy",
    says="of the smoothed function times its width: the division by s is missing",
    source="a common slip",
    route="score_function",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
