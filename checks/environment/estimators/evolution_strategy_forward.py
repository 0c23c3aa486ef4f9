"""Evolution strategy less the value at the point itself, as a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentEstimator
from checks.environment.smoothing import refuses, smoothed, spread_of

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(f(t + s b) - f(t)) b / s``."""
    return smoothed(expectation, lambda f, b, s: (f(b) - f(0 * b)) * b / s)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Two calls of f, one of them at the point."""
    import torch

    b = problem.draw_noise(n, generator)
    s = spread_of(problem)

    def f(noise: torch.Tensor) -> torch.Tensor:
        return problem.f(problem.transport(noise)).detach()

    return ((f(b) - f(torch.zeros_like(b))) * b / s)[:, None]


ESTIMATOR = EnvironmentEstimator(
    name="evolution_strategy_forward",
    kind="black_box",
    approximates="the derivative of E[f(t + s eps)], which is not that of f",
    requires="a normal law, differentiated by its mean: f is only called",
    source="Nesterov and Spokoiny 2017, Random Gradient-Free Minimization, equation 22",
    route="score_function",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
