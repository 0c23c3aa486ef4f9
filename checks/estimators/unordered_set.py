"""The unordered-set estimator: two different outcomes, each weighted by the chance that it was the first.

``sum_s p(s) R(S, s) (g(s) d log p(s) + d g(s))`` over a pair ``S`` drawn without replacement, with the
leave-one-out ratio ``R(S, s)``: the mean of the single-sample score function given which two outcomes were
drawn, in whatever order. No sample is wasted on an outcome that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators import _unordered

if TYPE_CHECKING:
    import torch
    from sympy import Expr

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``w_i g_i s_i + w_j g_j s_j`` and the explicit term by the same weights."""

    def paired(one: _unordered.Outcome, two: _unordered.Outcome) -> Expr:
        return sum(_unordered.share(a, b) * a.cost * a.score for a, b in ((one, two), (two, one)))

    return _unordered.statistic(expectation, paired)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``sum of w (stop_gradient(g) log p + g)`` over the pair."""
    pairs = _unordered.drawn(problem, n, generator)
    surrogate = pairs.shares * (pairs.costs.detach() * pairs.log_masses + pairs.costs)
    return problem.gradients(surrogate.sum(-1), pairs.theta)


ESTIMATOR = Estimator(
    name="unordered_set",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a law of three to eight outcomes, whose masses are known; g at two of them",
    source="Kool, van Hoof, Welling 2020, Sampling without Replacement, sections 3 and 4",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=_unordered.refuses,
    call=2,
)
