"""The mean over two copies of the surrogate of which one carries no graph: half the gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._terms import drawn, on_samples, right, why_no_explicit

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g d/dtheta log p(a) + d/dtheta g(a))/2``."""
    return on_samples(expectation, lambda theta: right(expectation, theta) / 2)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The mean of the surrogate and its detached copy."""
    import torch

    theta, a, cost = drawn(problem, n, generator)
    surrogate = cost.detach() * problem.log_density(a, theta) + cost
    both = torch.stack([surrogate, surrogate.detach()])
    return problem.gradients(both.mean(0), theta)


def refuses(expectation: Expectation) -> str | None:
    """Integrands without theta, where it is half of the score, and moving supports."""
    return why_no_explicit(expectation) or score_function.refuses(expectation)


MISTAKE = Mistake(
    name="half_gradient",
    of="score_function",
    says="times 1/2: it was averaged with a copy that carries no graph",
    source="ray-project/ray issue 11449 (sums and means mixed in a policy loss)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
