"""The derivative of the score left out: only its square weighs the cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g s_i s_j``, the mixed terms and ``d2g``, without ``g d s_i/d theta_j``."""
    from checks.higher_order.parts import Parts, on_samples

    p = Parts(expectation)
    return on_samples(expectation, lambda i, j: p.squared(i, j) + p.mixed(i, j) + p.explicit(i, j))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Scores as numbers: their graph was not kept."""
    from checks.higher_order.autograd import jet, stacked

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    s, ds = jet(problem, problem.log_density(a, theta), theta)
    dg, d2g = jet(problem, cost, theta)
    return stacked({(i, j): cost * s[i] * s[j] + s[i] * dg[j] + s[j] * dg[i] + d2g[i, j] for i, j in ds})


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="score_curvature_dropped",
    of="hessian_score_function",
    says="without E[g ds/dtheta]: only the square of the score weighs the cost",
    source="the first term of Foerster et al. 2018, section 3, alone",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
