"""Evolution strategy with mirrored perturbations: half the difference of both values."""

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
    """``(f(t + s b) - f(t - s b)) b / (2 s)``: what is even in b is gone."""
    return smoothed(expectation, lambda f, b, s: (f(b) - f(-b)) * b / (2 * s))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Two calls of f for each perturbation."""
    b = problem.draw_noise(n, generator)
    s = spread_of(problem)

    def f(noise: torch.Tensor) -> torch.Tensor:
        return problem.f(problem.transport(noise)).detach()

    return ((f(b) - f(-b)) * b / (2 * s))[:, None]


ESTIMATOR = EnvironmentEstimator(
    name="evolution_strategy_antithetic",
    kind="black_box",
    approximates="the derivative of E[f(t + s eps)], which is not that of f",
    requires="a normal law, differentiated by its mean: f is only called",
    source="Salimans et al. 2017, section 2.1; Nesterov and Spokoiny 2017, equation 26",
    route="score_function",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
