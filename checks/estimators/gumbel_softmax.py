"""The Gumbel-softmax (Concrete) estimator: the exact pathwise gradient of a relaxed objective.

The sample of a finite choice is replaced by ``y = softmax((log pi + G)/tau)`` with Gumbel noise ``G``, a
coin by ``sigmoid((log p/(1-p) + L)/tau)`` with logistic ``L``. The gradient of ``E[g(y)]`` that it computes
is exact; it is biased for that of ``E[g(a)]``, by an amount that vanishes with the temperature, while its
variance grows. ``g`` is read on relaxed values: ``g(y)`` for a coin, ``sum_k g(k) y_k`` for a choice (and
for a table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators._relaxed import relaxed_cost, relaxed_statistic, why_not_relaxed

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The derivative of ``g`` at the relaxed sample, at noise held fixed."""
    return relaxed_statistic(expectation, hard=False)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate through ``softmax((log pi + G)/tau)``."""
    theta = problem.leaves(n)
    return problem.gradients(relaxed_cost(problem, n, theta, generator, hard=False), theta)


def refuses(expectation: Expectation) -> str | None:
    """Laws that are no finite choice by probabilities. Raises ``OutsideDomain`` for a temperature <= 0."""
    return why_not_relaxed(expectation)


ESTIMATOR = Estimator(
    name="gumbel_softmax",
    approximates="d/dtheta E[g(y)], y relaxed at temperature tau; biased for d/dtheta E[g(a)]",
    requires="a finite choice by its probabilities, tau > 0, an integrand that is smooth between outcomes",
    source="Jang, Gu, Poole 2017; Maddison, Mnih, Teh 2017",
    route="gumbel_softmax",
    unbiased=False,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("tau", "1/2"),),
)
