"""The straight-through estimator: the step of the sample passed as the identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import explicit, on_samples, why_not_bernoulli

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d g/d a d p/d theta + d g/d theta`` at the hard sample."""
    from sympy import exp

    from checks.calculus import slope

    (a,) = expectation.family.samples
    p = exp(expectation.family.log_density.subs(a, 1))
    inner = slope(expectation.integrand, a)
    return on_samples(expectation, lambda theta: inner * p.diff(theta) + explicit(expectation, theta))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``hard + p - p.detach()`` as sample."""
    import torch

    theta = problem.leaves(n)
    hard = problem.sample(n, generator)
    p = torch.exp(problem.log_density(torch.ones_like(hard), theta))
    return problem.gradients(problem.f(hard + p - p.detach(), theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but a single coin; costs that are affine in the sample, for which it is right."""
    refusal = why_not_bernoulli(expectation)
    if refusal is None and expectation.integrand.diff(expectation.family.samples[0], 2) == 0:
        return "the cost is affine in the sample, where straight-through is right"
    return refusal


MISTAKE = Mistake(
    name="straight_through_sample",
    of="score_function",
    says="with E[d g/d a] d p/d theta for its distributional term: a straight-through sample is biased",
    source="Bengio, Leonard, Courville 2013; biased unless g is affine in a",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
