"""theta detached in the integrand: half of the product rule is lost."""

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
    """``g d/dtheta log p(a)`` without ``d/dtheta g(a)``."""
    family = expectation.family
    values = tuple(expectation.integrand * family.log_density.diff(theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The score function with the whole cost detached."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta).detach()
    return problem.gradients(cost * problem.log_density(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """An integrand without theta has no explicit term to lose."""
    if not expectation.integrand.free_symbols & set(expectation.wrt):
        return "the integrand does not depend on the parameters: there is no explicit term to drop"
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="dropped_explicit_term",
    of="score_function",
    says="without its explicit term E[d/dtheta g_theta(a)]: theta was detached in g",
    source="the direct term of Schulman, Heess, Weber, Abbeel 2015, theorem 1, left out",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
