"""The whole gradient twice, as when a surrogate is back-propagated twice into .grad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """Twice the pathwise statistic."""
    right = pathwise.statistic(expectation)
    return Statistic(tuple(2 * value for value in right.values), right.law, right.variables)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Twice the pathwise gradients."""
    return 2 * pathwise.estimate(problem, n, generator)


def refuses(expectation: Expectation) -> str | None:
    """Where the pathwise estimator does not apply."""
    return pathwise.refuses(expectation)


MISTAKE = Mistake(
    name="doubled",
    of="pathwise",
    says="counted twice: two whole estimators were added, or .grad was accumulated twice",
    source="gradients accumulated without zero_grad",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
