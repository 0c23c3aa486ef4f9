"""An antithetic pair whose mean cost is weighted by the score of the first sample alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import antithetic_score
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g(a) + g(a'))/2 d log p(a)``, and the right explicit term."""
    return antithetic_score.paired(expectation, lambda cost, score: (cost[0] + cost[1]) / 2 * score[0])


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``stop_gradient(mean of both g) log p(a) + mean of both g``."""
    theta = problem.leaves(n)
    a, mirrored = antithetic_score.pair(problem, n, generator)
    cost = (problem.f(a, theta) + problem.f(mirrored, theta)) / 2
    return problem.gradients(cost.detach() * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where there is no antithetic pair."""
    return antithetic_score.refuses(expectation)


MISTAKE = Mistake(
    name="score_not_mirrored",
    of="antithetic_score",
    says="without what its distributional terms have of a location: both costs met the score of one sample",
    source="Owen, Monte Carlo theory, methods and examples, section 8.2: the pair averages the whole term",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=2,
)
