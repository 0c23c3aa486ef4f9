"""The log-density detached in place of the cost."""

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
    """``log p(a) d/dtheta g(a)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(family.log_density * slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``g log p.detach()``."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(cost * problem.log_density(a, theta).detach(), theta)


def refuses(expectation: Expectation) -> str | None:
    """An integrand without theta has no explicit term."""
    if not expectation.integrand.free_symbols & set(expectation.wrt):
        return "the integrand does not depend on the parameters: it has no explicit term"
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="log_density_detached",
    of="score_function",
    says="replaced by E[log p d/dtheta g]: log p was detached and g was not",
    source="detach() on the wrong factor of the surrogate",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
