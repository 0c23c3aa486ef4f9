"""The log-density back-propagated without its cost: the mean of a score, which is zero."""

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
    """``d/dtheta log p(a) + d/dtheta g(a)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(family.log_density.diff(theta) + slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``log p + g`` in place of ``g.detach() log p + g``."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="cost_dropped",
    of="score_function",
    says="without the cost in its distributional term: the score alone has mean zero",
    source="duvenaud/relax before commit 5f78ddd (log-probabilities back-propagated without the cost)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
