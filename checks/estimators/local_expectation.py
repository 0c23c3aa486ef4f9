"""Local expectation gradients: each coordinate is summed exactly, given the sample of the others.

``sum over a_i of g(a_i, a_-i) dp_i(a_i)``, which is ``(g(1, a_-i) - g(0, a_-i)) dp_i`` of independent coins:
the mean of ``g d log p`` given the other coordinates, so its variance is never larger. Of a single coin it is
the exact sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators._coins import COINS

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``sum_i (g(1, a_-i) - g(0, a_-i)) dp_i/dtheta + dg(a)``."""
    return summed(expectation, lambda p, theta: p.diff(theta))


def summed(expectation: Expectation, slope_of: Callable[[Expr, Symbol], Expr]) -> Statistic:
    """The statistic with ``slope_of(p_i, theta)`` in the place of ``dp_i/dtheta``."""
    from sympy import Add, S, exp

    from checks.calculus import slope
    from checks.estimators._relaxed import log_odds

    family, g = expectation.family, expectation.integrand
    chances = [1 / (1 + exp(-phi)) for phi in log_odds(expectation)]

    def value(theta: Symbol) -> Expr:
        terms = (
            (g.xreplace({a: S.One}) - g.xreplace({a: S.Zero})) * slope_of(p, theta)
            for a, p in zip(family.samples, chances, strict=True)
            if p.has(theta)
        )
        return Add(*terms) + slope(g, theta)

    return Statistic(tuple(map(value, expectation.wrt)), family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``sum_i stop_gradient(g(1, a_-i) - g(0, a_-i)) p_i + g(a)`` at a sample ``a``."""
    import torch

    from checks.estimators._relaxed import coin_logits

    return _estimate(problem, n, generator, lambda theta: torch.sigmoid(coin_logits(problem, n, theta)))


def _estimate(
    problem: Problem, n: int, generator: torch.Generator, path: Callable[..., torch.Tensor]
) -> torch.Tensor:
    """The surrogate with ``path(theta)``, ``[n]`` or ``[n, d]``, in the place of the probabilities."""
    import torch

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    columns = path(theta).reshape(n, -1)
    surrogate = problem.f(a, theta)
    for i in range(columns.shape[-1]):
        ends = []
        for outcome in (1.0, 0.0):
            there = torch.full_like(a, outcome) if a.dim() == 1 else a.clone()
            if a.dim() > 1:
                there[:, i] = outcome
            ends.append(problem.f(there, theta))
        surrogate = surrogate + (ends[0] - ends[1]).detach() * columns[:, i]
    return problem.gradients(surrogate, theta)


def by_log_odds(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The same with log-odds where the probabilities belong."""
    from checks.estimators._relaxed import coin_logits

    return _estimate(problem, n, generator, lambda theta: coin_logits(problem, n, theta))


def refuses(expectation: Expectation) -> str | None:
    """Everything but independent coins."""
    name = expectation.family.name
    if name in (*COINS, "bernoulli_product"):
        return None
    return f"{name} is not the law of independent coins, of which each is summed by itself"


ESTIMATOR = Estimator(
    name="local_expectation",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="independent coins, one or several; g at both outcomes of each, beside the sample of the others",
    source="Titsias, Lazaro-Gredilla, NIPS 2015, Local Expectation Gradients for Black Box Variational "
    "Inference",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    evaluations=2,
)
