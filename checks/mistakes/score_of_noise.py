"""The log-density at the noise in place of the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import explicit, on_noise, pushed, score, why_not_whole_line

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g(a) d/dtheta log p(b) + d/dtheta g(a)`` at ``a = T_theta(b)``."""
    ((a,), (b,)) = expectation.family.samples, expectation.family.noise
    g = pushed(expectation, expectation.integrand)
    return on_noise(
        expectation,
        lambda theta: (
            g * score(expectation, theta).xreplace({a: b}) + pushed(expectation, explicit(expectation, theta))
        ),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``log_prob(eps)``."""
    theta = problem.leaves(n)
    b = problem.draw_noise(n, generator)
    cost = problem.f(problem.transport(b), theta)
    return problem.gradients(cost.detach() * problem.log_density(b, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but affine transports onto the whole line, whose samples stay in the support."""
    return why_not_whole_line(expectation)


MISTAKE = Mistake(
    name="score_of_noise",
    of="score_function",
    says="with its score at the noise b in place of the sample a",
    source="log_prob of the eps that a sampler returned; catalogue C.1, general facts",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
