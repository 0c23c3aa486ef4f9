"""The straight-through Gumbel-softmax estimator: a hard sample forward, the relaxed one backward.

``g`` is differentiated at the hard sample ``b``, and the sample by the relaxed ``y`` that rounds to it: for
a coin ``g'(b) y (1 - y)/tau``. It is biased for ``d/dtheta E[g(a)]`` at every temperature, unless ``g`` is
such that the trapezoid rule is exact for it; for a table on one-hot vectors, which is linear, it is the
Gumbel-softmax estimator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators._relaxed import relaxed_cost, relaxed_statistic, why_not_hard

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The derivative of ``g`` at the hard sample times that of the relaxed sample, at noise held fixed."""
    return relaxed_statistic(expectation, hard=True)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``hard - soft.detach() + soft`` as the sample, as ``gumbel_softmax(..., hard=True)`` does."""
    theta = problem.leaves(n)
    return problem.gradients(relaxed_cost(problem, n, theta, generator, hard=True), theta)


def refuses(expectation: Expectation) -> str | None:
    """Laws that are no finite choice by probabilities, and hard samples among many with theta in ``g``.

    Raises ``OutsideDomain`` for a temperature <= 0.
    """
    return why_not_hard(expectation)


ESTIMATOR = Estimator(
    name="straight_through_gumbel_softmax",
    approximates="no gradient of an objective; biased for d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a finite choice by its probabilities, tau > 0, an integrand with derivatives at the outcomes",
    source="Jang, Gu, Poole 2017, section 2.2",
    route="gumbel_softmax",
    unbiased=False,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("tau", "1/2"),),
)
