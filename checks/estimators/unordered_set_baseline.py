"""The unordered-set estimator with its built-in baseline, which takes no further evaluations of g.

Each outcome of the pair ``S`` is compared with what the pair says of ``E[g]`` given that it was the first:
``sum_s p(s) R(S, s) (g(s) - sum_r p(r) R(S, r | s) g(r)) d log p(s)``. For two samples that is ``(1 - p_i)(1
- p_j)/(2 - p_i - p_j) (g_i - g_j)(s_i - s_j)``: a constant added to ``g`` changes nothing.
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
    """``sum of w_i (g_i - p_i g_i - (1 - p_i) g_j) s_i`` over both, and the explicit term."""

    def paired(one: _unordered.Outcome, two: _unordered.Outcome) -> Expr:
        return sum(
            _unordered.share(a, b) * (a.cost - a.mass * a.cost - (1 - a.mass) * b.cost) * a.score
            for a, b in ((one, two), (two, one))
        )

    return _unordered.statistic(expectation, paired)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``sum of w (stop_gradient(g - its baseline) log p + g)`` over the pair."""
    pairs = _unordered.drawn(problem, n, generator)
    baselines = pairs.masses * pairs.costs + (1.0 - pairs.masses) * pairs.costs.flip(-1)
    surrogate = pairs.shares * ((pairs.costs - baselines).detach() * pairs.log_masses + pairs.costs)
    return problem.gradients(surrogate.sum(-1), pairs.theta)


ESTIMATOR = Estimator(
    name="unordered_set_baseline",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a law of three to eight outcomes, whose masses are known; g at two of them",
    source="Kool, van Hoof, Welling 2020, Sampling without Replacement, section 4, equations 17 and 18",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=_unordered.refuses,
    call=2,
)
