"""Evolution strategy: the value of f at a perturbed point times the perturbation."""

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
    """``f(t + s b) b / s``, the score function of the normal law in its mean."""
    return smoothed(expectation, lambda f, b, s: f(b) * b / s)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """One call of f for each perturbation."""
    b = problem.draw_noise(n, generator)
    s = spread_of(problem)

    def f(noise: torch.Tensor) -> torch.Tensor:
        return problem.f(problem.transport(noise)).detach()

    return (f(b) * b / s)[:, None]


ESTIMATOR = EnvironmentEstimator(
    name="evolution_strategy",
    kind="black_box",
    approximates="the derivative of E[f(t + s eps)], which is not that of f",
    requires="a normal law, differentiated by its mean: f is only called",
    source="Salimans et al. 2017, Evolution Strategies as a Scalable Alternative, section 2",
    route="score_function",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
