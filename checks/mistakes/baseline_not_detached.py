"""A learned baseline that is not detached: the critic is trained by the actor's loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._terms import drawn, on_samples, right, score

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g - b) d/dtheta log p - log p d/dtheta b + d/dtheta g``, ``b`` the sum of the parameters."""
    log_p, baseline = expectation.family.log_density, sum(expectation.wrt)
    return on_samples(
        expectation, lambda theta: right(expectation, theta) - baseline * score(expectation, theta) - log_p
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """An advantage whose baseline carries its graph."""
    import torch

    theta, a, cost = drawn(problem, n, generator)
    baseline = torch.stack([theta[name] for name in problem.wrt]).sum(0)
    return problem.gradients((cost.detach() - baseline) * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="baseline_not_detached",
    of="score_function",
    says="minus E[log p] d/dtheta b: the baseline b(theta) was not detached",
    source="actor-critic losses with an undetached critic; here b(theta) is the sum of the parameters",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
