"""The derivative by log sigma reported as the derivative by sigma."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._transported import column, scale_name, scale_parameter, why_not_scalar

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The pathwise statistic with another factor in its part by the scale."""
    sigma = scale_parameter(expectation)
    right = pathwise.statistic(expectation)
    values = tuple(
        sigma * value if theta == sigma else value
        for theta, value in zip(expectation.wrt, right.values, strict=True)
    )
    return Statistic(values, right.law, right.variables)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The pathwise gradients with that factor."""
    name = scale_name(problem)
    scale = problem.theta[name]
    return column(problem, name, pathwise.estimate(problem, n, generator), scale)


def refuses(expectation: Expectation) -> str | None:
    """Families whose scale is not one parameter."""
    return pathwise.refuses(expectation) or why_not_scalar(expectation)


MISTAKE = Mistake(
    name="gradient_by_log_scale",
    of="pathwise",
    says="with its part by sigma multiplied by sigma: it is the derivative by log sigma",
    source="posteriors issue 15 (gradient by the log-scale and by the scale confused)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
