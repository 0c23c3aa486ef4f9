"""Partial enumeration (Rao-Blackwell): the most likely outcomes summed exactly, and one of the rest drawn.

``sum over C of d(p g) + (1 - p(C)) (g d log p + dg)(a)`` with ``a`` drawn given that it is not in ``C``, the
``top`` most likely outcomes: the mean of the score function given whether its sample is in ``C``. Its
variance is never larger; where ``C`` is everything it is the exact sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _rest

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The exact sum over the most likely outcomes, and the score function of the rest times its mass."""
    return _rest.statistic(expectation, lambda mass: mass)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``sum p(c) g(c) + (mass of the rest) (stop_gradient(g) log p(a) + g(a))``."""
    return _rest.estimate(problem, n, generator, lambda mass: mass)


def refuses(expectation: Expectation) -> str | None:
    """Laws that are not on whole numbers. Raises ``OutsideDomain`` for a wrong number of outcomes."""
    return _rest.refuses(expectation)


ESTIMATOR = Estimator(
    name="partial_enumeration",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a law on whole numbers, the probabilities of its outcomes, and g at the most likely ones",
    source="Liu, Regier, Tripuraneni, Jordan, McAuliffe, ICML 2019, Rao-Blackwellized Stochastic Gradients "
    "for Discrete Distributions; its equation 2 is the whole sum",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("top", "1"),),
    evaluations=2,
)
