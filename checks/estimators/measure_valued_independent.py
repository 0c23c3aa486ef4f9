"""The measure-valued (weak derivative) estimator, halves drawn independently of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _weak

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``c (g(a+) - g(a-)) + d/dtheta g(a)`` with independent samples."""
    return _weak.statistic(expectation, coupled=False)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Draw both halves apart, and take the difference of their costs."""
    return _weak.estimate(problem, n, generator, coupled=False)


def refuses(expectation: Expectation) -> str | None:
    """Parameters of which no split into two laws is known."""
    return _weak.refuses(expectation)


ESTIMATOR = Estimator(
    name="measure_valued_independent",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a split of the density's derivative into two laws that can be sampled; nothing of g in a",
    source="Pflug 1996; Mohamed, Rosca, Figurnov, Mnih 2020, section 6.1",
    route="measure_valued",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    evaluations=2,
)
