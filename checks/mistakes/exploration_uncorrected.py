"""Samples drawn with twice the scale, for exploration, and no importance weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import line, lined, on_noise, right, why_not_whole_line

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta log p(a) + d/dtheta g(a)`` at ``a = mu + 2 sigma b``."""
    location, scale, b = line(expectation)
    (a,) = expectation.family.samples
    return on_noise(
        expectation, lambda theta: right(expectation, theta).xreplace({a: location + 2 * scale * b})
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The score function at samples of twice the spread."""
    theta, location, scale, b = lined(problem, n, generator)
    a = (location + 2.0 * scale * b).detach()
    cost = problem.f(a, theta)
    return problem.gradients(cost.detach() * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but affine transports onto the whole line, whose samples stay in the support."""
    return why_not_whole_line(expectation)


MISTAKE = Mistake(
    name="exploration_uncorrected",
    of="score_function",
    says="under another law of the samples, with 2 sigma in place of sigma: exploration without its weights",
    source="catalogue C.1, general facts: a wrong sampler Q with the right score gives E_Q[g s]",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
