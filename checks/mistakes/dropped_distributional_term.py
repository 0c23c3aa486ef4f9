"""The cost differentiated at detached samples: theta in the law is forgotten, half of the rule lost."""

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
    """``d/dtheta g(a)`` alone, at a sample held fixed."""
    from checks.calculus import slope

    family = expectation.family
    values = tuple(slope(expectation.integrand, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Back-propagate the mean cost through samples that carry no graph, as after ``sample()``."""
    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="dropped_distributional_term",
    of="score_function",
    says="without its distributional term E[g d/dtheta log p(a)]: the samples carried no graph",
    source="PyTorch issue 4620 and many others: sample() where rsample() or log_prob belongs",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
