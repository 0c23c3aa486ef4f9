"""The cost of the mean in place of the mean of the cost: g(p) for a coin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import on_samples, why_not_bernoulli

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d/dtheta g_theta(p)``, without any noise."""
    from sympy import exp

    (a,) = expectation.family.samples
    cost = expectation.integrand.xreplace({a: exp(expectation.family.log_density.subs(a, 1))})
    return on_samples(expectation, lambda theta: cost.diff(theta))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The cost at the probability of 1."""
    import torch

    theta = problem.leaves(n)
    p = torch.exp(problem.log_density(torch.ones(n, dtype=torch.float64), theta))
    return problem.gradients(problem.f(p, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but a single coin; costs that are affine in the sample, for which it is right."""
    refusal = why_not_bernoulli(expectation)
    if refusal is None and expectation.integrand.diff(expectation.family.samples[0], 2) == 0:
        return "the cost is affine in the sample, and the cost of the mean is the mean of the cost"
    return refusal


MISTAKE = Mistake(
    name="mean_field",
    of="score_function",
    says="replaced by that of g(E[a]): the probability was put in for the sample",
    source="catalogue of estimators, M34",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
