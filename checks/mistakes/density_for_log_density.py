"""The density differentiated where its logarithm belongs."""

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
    """``g d/dtheta p(a) + d/dtheta g(a)``."""
    from sympy import exp

    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(
        g * exp(family.log_density) * family.log_density.diff(theta) + slope(g, theta)
        for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``g.detach() p + g``."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(cost.detach() * problem.log_density(a, theta).exp() + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="density_for_log_density",
    of="score_function",
    says="with d/dtheta p in place of d/dtheta log p: the logarithm was forgotten",
    source="catalogue of mistakes: prob in place of log_prob",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
