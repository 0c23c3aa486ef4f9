"""The first-order surrogate ``stop_gradient(g) log p + g`` differentiated twice: its cost was held fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import score_function
from checks.higher_order import scores
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d s_i/d theta_j + d2g``: the second backward pass meets no score."""
    from checks.higher_order.parts import Parts, on_samples

    p = Parts(expectation)
    return on_samples(expectation, lambda i, j: p.curvature(i, j) + p.explicit(i, j))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(g) log p + g`` twice."""
    from checks.higher_order.autograd import hessians

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    return hessians(problem, cost.detach() * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="surrogate_twice",
    of="dice",
    says="without E[g s s^T] and its mixed terms: a surrogate with a detached cost was differentiated twice",
    source="Foerster et al. 2018, section 3",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    accuracy=scores.accuracy,
)
