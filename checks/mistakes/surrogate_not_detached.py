"""The explicit term added to a surrogate that is not detached: it counts once more, weighted by log p."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._terms import drawn, explicit, on_samples, right, why_no_explicit

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d/dtheta (g log p(a) + g)`` at a sample held fixed."""
    log_p = expectation.family.log_density
    return on_samples(
        expectation, lambda theta: right(expectation, theta) + log_p * explicit(expectation, theta)
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``g log p + g`` with the graph of both factors."""
    theta, a, cost = drawn(problem, n, generator)
    return problem.gradients(cost * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Integrands without theta, and where the score function itself does not apply."""
    return why_no_explicit(expectation) or score_function.refuses(expectation)


MISTAKE = Mistake(
    name="surrogate_not_detached",
    of="score_function",
    says="plus E[log p d/dtheta g]: g was added for its explicit term, and not detached before log p",
    source="catalogue of estimators, M14",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
