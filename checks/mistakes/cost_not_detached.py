"""The cost left attached in the surrogate: its derivative is weighted with the log-density."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta log p(a) + log p(a) d/dtheta g(a)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(
        g * family.log_density.diff(theta) + family.log_density * slope(g, theta) for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``g log p``, nothing detached."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(cost * problem.log_density(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """An integrand without theta has no explicit term."""
    if not expectation.integrand.free_symbols & set(expectation.wrt):
        return "the integrand does not depend on the parameters: it has no explicit term"
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="cost_not_detached",
    of="score_function",
    says="with log p as a weight on its explicit term: g was not detached in g log p",
    source="Schulman, Heess, Weber, Abbeel 2015: the surrogate needs the cost fixed",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
