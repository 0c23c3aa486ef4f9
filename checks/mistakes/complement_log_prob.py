"""The log-probability of the other side of the coin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import drawn, explicit, on_samples, score, why_not_bernoulli

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g(a) d/dtheta log p(1 - a) + d/dtheta g(a)``."""
    (a,) = expectation.family.samples
    g = expectation.integrand
    return on_samples(
        expectation,
        lambda theta: g * score(expectation, theta).xreplace({a: 1 - a}) + explicit(expectation, theta),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``log_prob(1 - a)``."""
    theta, a, cost = drawn(problem, n, generator)
    return problem.gradients(cost.detach() * problem.log_density(1.0 - a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but a single coin."""
    return why_not_bernoulli(expectation)


MISTAKE = Mistake(
    name="complement_log_prob",
    of="score_function",
    says="with the score of 1 - a in place of a: the probability is that of the other outcome",
    source="swapped classes in a binary cross entropy; catalogue C.1, general facts",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
