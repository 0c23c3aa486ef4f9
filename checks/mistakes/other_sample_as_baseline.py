"""A pair without replacement whose baseline is the other sample's cost, as leave-one-out has it for free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _unordered
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch
    from sympy import Expr

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``w_i (g_i - g_j) s_i + w_j (g_j - g_i) s_j`` and the right explicit term."""

    def paired(one: _unordered.Outcome, two: _unordered.Outcome) -> Expr:
        return sum(_unordered.share(a, b) * (a.cost - b.cost) * a.score for a, b in ((one, two), (two, one)))

    return _unordered.statistic(expectation, paired)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``sum of w (stop_gradient(g - the other g) log p + g)`` over the pair."""
    pairs = _unordered.drawn(problem, n, generator)
    centred = (pairs.costs - pairs.costs.flip(-1)).detach()
    return problem.gradients((pairs.shares * (centred * pairs.log_masses + pairs.costs)).sum(-1), pairs.theta)


MISTAKE = Mistake(
    name="other_sample_as_baseline",
    of="unordered_set_baseline",
    says="with a baseline that depends on the sample: without replacement the other one does",
    source="Kool, van Hoof, Welling 2020, section 4, equations 17 and 18",
    statistic=statistic,
    estimate=estimate,
    refuses=_unordered.refuses,
    call=2,
)
