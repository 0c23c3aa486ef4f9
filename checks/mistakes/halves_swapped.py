"""The two laws of a measure-valued derivative taken for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import _weak
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``c (g(a-) - g(a+)) + d/dtheta g(a)``."""
    return _weak.statistic(expectation, coupled=True, weighed=lambda c, up, down: c * (down - up))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The difference of the costs the other way round."""
    return _weak.estimate(problem, n, generator, coupled=True, weighed=lambda c, up, down: c * (down - up))


def refuses(expectation: Expectation) -> str | None:
    """Where there is no measure-valued estimator."""
    return _weak.refuses(expectation)


MISTAKE = Mistake(
    name="halves_swapped",
    of="measure_valued",
    says="with its distributional term turned around: the positive and the negative law were swapped",
    source="Mohamed, Rosca, Figurnov, Mnih 2020, table 2: rates and scales have opposite signs there",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    alike="sign_of_score",
    evaluations=2,
)
