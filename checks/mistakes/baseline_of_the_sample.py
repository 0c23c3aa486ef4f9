"""A baseline that depends on its own sample, b(a) = a, without a correction."""

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
    """``(g - sum(a)) d/dtheta log p(a) + d/dtheta g(a)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(
        (g - sum(family.samples)) * family.log_density.diff(theta) + slope(g, theta)
        for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``(g - a).detach() log p + g``."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    baseline = a if problem.dimension == 1 else a.sum(-1)
    return problem.gradients((cost - baseline).detach() * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="baseline_of_the_sample",
    of="score_function",
    says="minus d/dtheta E[b(a)] of the baseline b(a) = a, which depends on the sample",
    source="Tucker et al. 2018, The Mirage of Action-Dependent Baselines in Reinforcement Learning",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
