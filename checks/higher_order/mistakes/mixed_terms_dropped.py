"""The mixed terms left out: theta acts in the law and in the integrand, and never in both at once."""

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
    """``g (s_i s_j + d s_i/d theta_j) + d2g``."""
    from checks.higher_order.parts import Parts, on_samples

    p = Parts(expectation)
    return on_samples(expectation, lambda i, j: p.squared(i, j) + p.curvature(i, j) + p.explicit(i, j))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The second derivative of the law and that of the integrand, added."""
    from checks.higher_order.autograd import jet, stacked

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    s, ds = jet(problem, problem.log_density(a, theta), theta)
    d2g = jet(problem, cost, theta).second
    return stacked({(i, j): cost * (s[i] * s[j] + ds[i, j]) + d2g[i, j] for i, j in ds})


MISTAKE = Mistake(
    name="mixed_terms_dropped",
    of="hessian_score_function",
    says="without its mixed terms E[s dg^T + dg s^T]: theta acts in the law and in g",
    source="the product rule applied twice, less its middle",
    statistic=statistic,
    estimate=estimate,
    refuses=scores.refuses_without_theta,
    accuracy=scores.accuracy,
)
