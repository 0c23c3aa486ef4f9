"""Smoothed perturbation analysis without its weight: the bare difference of the costs at both samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _steps
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g(a') - g(a)`` where the sample steps, and the right explicit term."""
    return _steps.statistic(expectation, lambda weight, difference: difference)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The difference of the costs wherever the sample steps."""
    return _steps.estimate(problem, n, generator, lambda weight, difference: difference)


def refuses(expectation: Expectation) -> str | None:
    """Where the estimator does not apply; a Poisson count, whose weight is one."""
    if expectation.family.name == "poisson":
        return "the weight of a Poisson count is one: leaving it out changes nothing"
    return _steps.refuses(expectation)


MISTAKE = Mistake(
    name="step_unweighted",
    of="smoothed_perturbation",
    says="without the rate at which samples step: g(a') - g(a) was not multiplied by its weight",
    source="Arya, Schauer, Schaefer, Rackauckas 2022, section 2",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    evaluations=2,
)
