"""The whole gradient with the wrong sign."""

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
    """Minus the pathwise statistic."""
    right = pathwise.statistic(expectation)
    return Statistic(tuple(-value for value in right.values), right.law, right.variables)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Minus the pathwise gradients."""
    return -pathwise.estimate(problem, n, generator)


def refuses(expectation: Expectation) -> str | None:
    """Where the pathwise estimator does not apply."""
    return pathwise.refuses(expectation)


MISTAKE = Mistake(
    name="negated",
    of="pathwise",
    says="with its sign turned, in both terms",
    source="an objective to be maximised handed to a minimiser",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
