"""The natural gradient, taken for the plain one: an optimizer that expects the gradient steps elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import natural_gradient
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``F**(-1) (g d log p(a) + dg(a))``."""
    return natural_gradient.statistic(expectation)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The score-function estimator with the inverse of the Fisher information before it."""
    return natural_gradient.estimate(problem, n, generator)


def refuses(expectation: Expectation) -> str | None:
    """Where there is no natural gradient."""
    return natural_gradient.refuses(expectation)


MISTAKE = Mistake(
    name="natural_for_plain",
    of="score_function",
    says="times the inverse of the Fisher information: it is the natural gradient",
    source="Amari 1998, Theorem 1: the two differ by the metric",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
