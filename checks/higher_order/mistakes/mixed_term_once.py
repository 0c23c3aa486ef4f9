"""One of the two mixed terms: the product rule has both, equal on the diagonal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.higher_order import scores
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g (s_i s_j + d s_i/d theta_j) + s_i dg/d theta_j + d2g``."""
    from checks.higher_order.parts import Parts, on_samples

    p = Parts(expectation)
    return on_samples(
        expectation,
        lambda i, j: p.squared(i, j) + p.curvature(i, j) + p.score(i) * p.slope(j) + p.explicit(i, j),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The score of one parameter with the slope of the other, and not the other way round."""
    from checks.higher_order.autograd import jet, stacked

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    s, ds = jet(problem, problem.log_density(a, theta), theta)
    dg, d2g = jet(problem, cost, theta)
    return stacked({(i, j): cost * (s[i] * s[j] + ds[i, j]) + s[i] * dg[j] + d2g[i, j] for i, j in ds})


MISTAKE = Mistake(
    name="mixed_term_once",
    of="hessian_score_function",
    says="with one of its two mixed terms E[s_i dg_j] and E[s_j dg_i]",
    source="the product rule applied twice, its middle once",
    statistic=statistic,
    estimate=estimate,
    refuses=scores.refuses_without_theta,
    accuracy=scores.accuracy,
)
