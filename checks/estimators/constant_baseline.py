"""The score function with a constant baseline c."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _baselines, score_function

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g - c) d/dtheta log p(a) + d/dtheta g(a)`` with the constant ``c`` of the point."""
    from sympy import Symbol

    return _baselines.centred(expectation, lambda theta: Symbol("c", real=True))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(g - c) log p(a) + g``."""
    return _baselines.gradients(problem, n, generator, lambda name: problem.point["c"])


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


ESTIMATOR = Estimator(
    name="constant_baseline",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="what score_function requires; a baseline c that does not depend on the sample",
    source="Williams 1992, section 4",
    route="baseline",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("c", "1/3"),),
)
