"""The straight-through estimator: the hard sample forward, its probability backward.

The sample is ``hard + p - p.detach()``: ``g`` is differentiated at the hard sample, and the sample as if it
were its mean. For a coin its mean is ``E[g'(a)] dp/dtheta``, biased unless ``g`` is affine in ``a``. On
one-hot vectors a table is linear, so that for ``categorical`` laws it is exact, without variance: ``sum_k
g(k) d pi_k/d theta``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators._relaxed import (
    class_costs,
    class_logits,
    coin_logits,
    costs,
    is_choice,
    is_relaxed_by_value,
    log_odds,
    log_probabilities,
    softmax,
    why_not_finite,
)

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d g/d a d p/d theta`` at the hard sample, or ``sum_k g(k) d pi_k/d theta``, and ``d g/d theta``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    if is_relaxed_by_value(expectation):
        chances = [softmax((-phi, 0 * phi))[1] for phi in log_odds(expectation)]
        backward = [(slope(g, a), p) for a, p in zip(family.samples, chances, strict=True)]
    else:
        backward = list(zip(costs(expectation), softmax(log_probabilities(expectation)), strict=True))

    def value(theta: Symbol) -> Expr:
        return sum((d * p.diff(theta) for d, p in backward), slope(g, theta))

    return Statistic(tuple(value(theta) for theta in expectation.wrt), family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``hard + p - p.detach()`` as the sample, one-hot where the integrand is a table."""
    import torch

    theta = problem.leaves(n)
    hard = problem.sample(n, generator)
    if is_choice(problem):
        p = torch.softmax(class_logits(problem, n, theta), dim=-1)
        one_hot = torch.nn.functional.one_hot(hard.to(torch.int64), p.shape[-1])
        return problem.gradients((class_costs(problem, n, theta) * (one_hot + p - p.detach())).sum(-1), theta)
    p = torch.sigmoid(coin_logits(problem, n, theta))
    return problem.gradients(problem.f(hard + p - p.detach(), theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Laws that are no finite choice by probabilities."""
    return why_not_finite(expectation)


ESTIMATOR = Estimator(
    name="straight_through",
    approximates="E[dg/da] dp/dtheta + E[dg/dtheta]; biased for d/dtheta E[g(a)] unless g is affine",
    requires="a finite choice by its probabilities, and an integrand with derivatives at the outcomes",
    source="Bengio, Leonard, Courville 2013; Hinton 2012",
    route="score_function",
    unbiased=False,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
