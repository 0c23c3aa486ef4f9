"""The first estimate differentiated at samples that do not move: their law depends on theta once more."""

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
    """``d/d theta_j (g s_i + d g/d theta_i)``, without ``(g s_i + d g/d theta_i) s_j``."""
    from checks.calculus import slope
    from checks.higher_order.parts import Parts, on_samples

    p = Parts(expectation)
    return on_samples(expectation, lambda i, j: slope(p.g * p.score(i) + p.slope(i), j))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Take the estimate of the gradient with its graph, and differentiate that."""
    from checks.higher_order.autograd import jet, stacked

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    s, ds = jet(problem, problem.log_density(a, theta), theta)
    dg, d2g = jet(problem, cost, theta)
    return stacked({(i, j): dg[j] * s[i] + cost * ds[i, j] + d2g[i, j] for i, j in ds})


MISTAKE = Mistake(
    name="estimate_differentiated",
    of="dice",
    says="without E[(g s + dg) s^T]: the first estimate was differentiated with its samples held fixed",
    source="Foerster et al. 2018, section 3",
    statistic=statistic,
    estimate=estimate,
    refuses=scores.refuses_without_theta,
    accuracy=scores.accuracy,
)
