"""The second derivative by the score function: ``g (s s^T + ds)`` and what theta does in ``g``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators import score_function
from checks.higher_order import scores

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g (s_i s_j + d s_i/d theta_j) + s_i dg/d theta_j + s_j dg/d theta_i + d2g``, at a fixed sample."""
    from checks.higher_order.parts import Parts, on_samples

    p = Parts(expectation)
    return on_samples(
        expectation, lambda i, j: p.squared(i, j) + p.curvature(i, j) + p.mixed(i, j) + p.explicit(i, j)
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Scores, slopes and their derivatives, put together entry by entry."""
    from checks.higher_order.autograd import jet, stacked

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    s, ds = jet(problem, problem.log_density(a, theta), theta)
    dg, d2g = jet(problem, cost, theta)
    return stacked({
        (i, j): cost * (s[i] * s[j] + ds[i, j]) + s[i] * dg[j] + s[j] * dg[i] + d2g[i, j] for i, j in ds
    })  # fmt: skip


def refuses(expectation: Expectation) -> str | None:
    """A support that moves with a parameter.

    A bend of the density that moves, such as Laplace's, is not refused: the estimator then runs and is
    biased by exactly the boundary term of the second interchange, which its statistic lacks.
    """
    return score_function.refuses(expectation)


ESTIMATOR = Estimator(
    name="hessian_score_function",
    approximates="d2/dtheta_i dtheta_j E_{a ~ P_theta}[g_theta(a)]",
    requires="a density with a continuous score in theta, on a support that does not move; nothing of g in a",
    source="Foerster et al. 2018, section 3; Mohamed, Rosca, Figurnov, Mnih 2020, section 4",
    route="score_function_twice",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    accuracy=scores.accuracy,
)
