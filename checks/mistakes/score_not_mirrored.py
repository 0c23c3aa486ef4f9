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
    """Where there is no antithetic pair, and where both samples have the same scores."""
    from derive.normal_form import is_zero_quickly

    refusal = antithetic_score.refuses(expectation)
    if refusal is not None:
        return refusal
    one, other = antithetic_score.images(expectation)
    scores = (expectation.family.log_density.diff(theta) for theta in expectation.wrt)
    if all(is_zero_quickly(score.xreplace(one) - score.xreplace(other)) for score in scores):
        return "the scores of a sample and of its mirror image are the same"
    return None


MISTAKE = Mistake(
    name="score_not_mirrored",
    of="antithetic_score",
    says="without what its distributional terms have of a location: both costs met the score of one sample",
    source="Owen, Monte Carlo theory, methods and examples, section 8.2: the pair averages the whole term",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=2,
    alike="detached_location",
)
