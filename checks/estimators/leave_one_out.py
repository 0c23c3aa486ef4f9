"""Leave-one-out (RLOO): each sample's baseline is the mean cost of the call's other samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Draw, Estimator, Statistic
from checks.estimators import score_function

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation

COPIES = 2


def statistic(expectation: Expectation) -> Statistic:
    """``1/N sum_i (g_i - mean of the other g_j) s_i + d/dtheta g_i`` over the ``N = 2`` samples of a call.

    It equals the unbiased sample covariance of cost and score.
    """
    from sympy import Symbol

    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    copies = [tuple(Symbol(f"{s}_{i}", real=True) for s in family.samples) for i in range(COPIES)]
    places = [dict(zip(family.samples, copy, strict=True)) for copy in copies]
    costs = [g.xreplace(place) for place in places]
    values = []
    for theta in expectation.wrt:
        scores = [family.log_density.diff(theta).xreplace(place) for place in places]
        slopes = [slope(g, theta).xreplace(place) for place in places]
        others = [(sum(costs) - cost) / (COPIES - 1) for cost in costs]
        terms = ((c - b) * s + d for c, b, s, d in zip(costs, others, scores, slopes, strict=True))
        values.append(sum(terms) / COPIES)
    first, *rest = (Draw(family.law, copy) for copy in copies)
    return Statistic(tuple(values), first.law, first.variables, tuple(rest))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``mean_i of stop_gradient(g_i - mean of the others) log p(a_i) + g_i``."""
    theta = problem.leaves(n, COPIES)
    a = problem.sample(n, generator, COPIES)
    cost = problem.f(a, theta)
    others = (cost.sum(1, keepdim=True) - cost) / (COPIES - 1)
    surrogate = (cost - others).detach() * problem.log_density(a, theta) + cost
    return problem.gradients(surrogate.mean(1), theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


ESTIMATOR = Estimator(
    name="leave_one_out",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="what score_function requires; at least two samples to a call",
    source="Kool, van Hoof, Welling 2019, Buy 4 REINFORCE Samples, Get a Baseline for Free",
    route="baseline",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=COPIES,
)
