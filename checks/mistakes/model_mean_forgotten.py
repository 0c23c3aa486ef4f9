"""The gradient of a Taylor model taken from the pathwise one, and its mean never added back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimators import taylor_control_variate as right
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``X - C``."""
    made = right.statistic(expectation)
    means = (mean for _, mean in made.constants)
    return replace(made, values=tuple(v - mean for v, mean in zip(made.values, means, strict=True)))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The pathwise gradient less that of the model."""
    return right.controlled(problem, n, generator, [0.0] * len(problem.wrt))


def refuses(expectation: Expectation) -> str | None:
    """A model whose gradient has mean zero."""
    refusal = right.refuses(expectation)
    if refusal is None and all(
        right.mean_of(right.model(expectation, theta), expectation) == 0 for theta in expectation.wrt
    ):
        return "the gradient of the model has mean zero: there is nothing to add back"
    return refusal


MISTAKE = Mistake(
    name="model_mean_forgotten",
    of="taylor_control_variate",
    says="less that of the Taylor model of the cost: the mean of the control variate was not added back",
    source="Miller, Foti, D'Amour, Adams 2017, section 3 (a control variate needs its expectation)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    alike="dropped_distributional_term",  # of a quadratic cost
)
