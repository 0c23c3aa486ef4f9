"""The score with the wrong sign: descent where ascent was meant, or a loss taken for a reward."""

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
    """``-g d/dtheta log p(a) + d/dtheta g(a)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    values = tuple(slope(g, theta) - g * family.log_density.diff(theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The score function's surrogate with a minus sign before the log-density."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(cost - cost.detach() * problem.log_density(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="sign_of_score",
    of="score_function",
    says="with the sign of its distributional term turned: -log_prob where +log_prob belongs",
    source="HIPS/autograd issues 401 and 412 (a sign in the gradient of a density)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
