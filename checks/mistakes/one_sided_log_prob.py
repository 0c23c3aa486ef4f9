"""A binary cross entropy without its second half: outcomes 0 have no score."""

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
    """``g a d/dtheta log p(1) + d/dtheta g(a)``."""
    (a,) = expectation.family.samples
    g = expectation.integrand
    return on_samples(
        expectation,
        lambda theta: g * a * score(expectation, theta).subs(a, 1) + explicit(expectation, theta),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``a * log(p)`` as log-probability."""
    import torch

    theta, a, cost = drawn(problem, n, generator)
    log_p = a * problem.log_density(torch.ones_like(a), theta)
    return problem.gradients(cost.detach() * log_p + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but a single coin; costs that vanish at 0, which has no part in the score then."""
    refusal = why_not_bernoulli(expectation)
    if refusal is None and expectation.integrand.subs(expectation.family.samples[0], 0) == 0:
        return "the cost is zero at a = 0, whose score is lost"
    return refusal


MISTAKE = Mistake(
    name="one_sided_log_prob",
    of="score_function",
    says="without the part of the score at a = 0: the log-probability is a log p alone",
    source="a binary cross entropy without (1 - a) log(1 - p)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
