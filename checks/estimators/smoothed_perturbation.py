"""Smoothed perturbation analysis, the stochastic derivative of a law on whole numbers: a weighted step.

``w (g(a') - g(a)) + d/dtheta g(a)``: as theta grows, a sample ``a = F^-1(u)`` steps to its neighbour ``a'``
where the end of its step passes ``u``, which happens at the rate ``w`` given ``a``. It is what stochastic
automatic differentiation makes of a single draw. Costs are compared and never multiplied by a score, so a
constant added to ``g`` changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators import _steps

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``w (g(a') - g(a)) + d/dtheta g(a)`` at a sample ``a``; the neighbour ``a'`` is a function of it.

    By the chance of a coin ``w = 1/(1 - p)`` at 0; of a binomial count ``(n - a)/(1 - p)``, of a Poisson one
    1, all upwards; of a geometric one ``a/(p (1 - p))`` downwards. By ``p[k]`` of a choice, outcomes step
    towards k: from j below it at the rate ``F(j)/p[j]``, from above at ``(1 - F(j - 1))/p[j]``.
    """
    return _steps.statistic(expectation, lambda weight, difference: weight * difference)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The weighted difference of the costs at a sample and at its neighbour, by each parameter."""
    return _steps.estimate(problem, n, generator, lambda weight, difference: weight * difference)


def refuses(expectation: Expectation) -> str | None:
    """Continuous laws, and parameters whose steps are not known in closed form."""
    return _steps.refuses(expectation)


ESTIMATOR = Estimator(
    name="smoothed_perturbation",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a law on whole numbers with known steps as theta grows; g at a sample and at its neighbour",
    source="Gong, Ho 1987; Arya, Schauer, Schaefer, Rackauckas 2022, sections 2 and 3",
    route="direct",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    evaluations=2,
)
