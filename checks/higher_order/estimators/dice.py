"""DiCE: the magic box ``exp(log p - stop_gradient(log p))`` is one, and its derivatives are the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators import score_function
from checks.higher_order import scores
from checks.higher_order.estimators import hessian_score_function

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem, Theta
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """Two derivatives of ``box * g``: word for word those of the score function."""
    return hessian_score_function.statistic(expectation)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``box * g`` twice."""
    from checks.higher_order.autograd import hessians

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    return hessians(problem, magic_box(problem, a, theta) * problem.f(a, theta), theta)


def magic_box(problem: Problem, a: torch.Tensor, theta: Theta) -> torch.Tensor:
    """``exp(log p - stop_gradient(log p))``, one for each sample."""
    log_density = problem.log_density(a, theta)
    return (log_density - log_density.detach()).exp()


def refuses(expectation: Expectation) -> str | None:
    """A support that moves with a parameter."""
    return score_function.refuses(expectation)


ESTIMATOR = Estimator(
    name="dice",
    approximates="d2/dtheta_i dtheta_j E_{a ~ P_theta}[g_theta(a)]",
    requires="a density with a continuous score in theta, on a support that does not move; nothing of g in a",
    source="Foerster, Farquhar, Al-Shedivat, Rocktaeschel, Xing, Whiteson 2018, section 4",
    route="score_function_twice",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    accuracy=scores.accuracy,
)
