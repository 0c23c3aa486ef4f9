"""The natural gradient: the inverse Fisher information of the law times the score-function estimator.

It estimates ``F**(-1) dJ/dtheta``, the steepest ascent where the length of a step is measured between laws
rather than between parameters; its mean is held against that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _fisher, score_function

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``F**(-1) (g d log p(a) + dg(a))`` with ``F = E[s s^T] = -E[d2 log p]`` as numbers at the point."""
    return _fisher.preconditioned(expectation, lambda information: information.inv())


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Solve ``F x = row`` for each row of the score-function estimator."""
    import torch

    rows = score_function.estimate(problem, n, generator)
    return torch.linalg.solve(_fisher.matrix(problem), rows.T).T


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply, and a Fisher information that is singular."""
    return _fisher.refuses(expectation)


ESTIMATOR = Estimator(
    name="natural_gradient",
    approximates="F**(-1) d/dtheta E_{a ~ P_theta}[g_theta(a)], with the Fisher information F of P_theta",
    requires="what score_function requires; a Fisher information that is not singular",
    source="Amari 1998, Natural Gradient Works Efficiently in Learning, Theorem 1; Sun, Wierstra, Schaul, "
    "Schmidhuber 2009, Stochastic Search using the Natural Gradient",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    target=_fisher.target,
)
