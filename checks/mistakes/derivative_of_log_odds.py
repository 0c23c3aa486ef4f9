"""The slope of the log-odds where that of the probability belongs: the sigmoid's derivative is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import local_expectation
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``sum_i (g(1, a_-i) - g(0, a_-i)) d phi_i/dtheta + dg(a)``."""
    return local_expectation.summed(expectation, lambda p, theta: p.diff(theta) / (p * (1 - p)))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``sum_i stop_gradient(g(1, a_-i) - g(0, a_-i)) phi_i + g(a)``."""
    return local_expectation.by_log_odds(problem, n, generator)


MISTAKE = Mistake(
    name="derivative_of_log_odds",
    of="local_expectation",
    says="with its distributional term over p (1 - p): log-odds were differentiated, not probabilities",
    source="Titsias, Lazaro-Gredilla 2015: the expectation of a coordinate weighs with its probabilities",
    statistic=statistic,
    estimate=estimate,
    refuses=local_expectation.refuses,
    evaluations=2,
)
