"""The Fisher information itself in the place of its inverse."""

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
    """``F (g d log p(a) + dg(a))``."""
    return _fisher.preconditioned(expectation, lambda information: information)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Each row of the score-function estimator times F."""
    return score_function.estimate(problem, n, generator) @ _fisher.matrix(problem)


MISTAKE = Mistake(
    name="fisher_not_inverted",
    of="natural_gradient",
    says="times the Fisher information: it was not inverted",
    source="Amari 1998, Theorem 1: the inverse of the metric stands before the gradient",
    statistic=statistic,
    estimate=estimate,
    refuses=_fisher.refuses,
    target=_fisher.target,
)
