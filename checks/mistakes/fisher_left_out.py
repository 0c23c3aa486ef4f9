"""The plain gradient, taken for the natural one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _fisher, score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d log p(a) + dg(a)``."""
    return score_function.statistic(expectation)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The score-function estimator, with no Fisher information before it."""
    return score_function.estimate(problem, n, generator)


MISTAKE = Mistake(
    name="fisher_left_out",
    of="natural_gradient",
    says="itself: for the natural gradient the inverse of the Fisher information was left out",
    source="Amari 1998, Theorem 1",
    statistic=statistic,
    estimate=estimate,
    refuses=_fisher.refuses,
    target=_fisher.target,
)
