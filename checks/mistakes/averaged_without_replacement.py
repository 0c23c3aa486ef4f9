"""Samples without replacement averaged as if drawn with it: unlikely outcomes count too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _unordered
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The mean of ``g s + d g`` over the pair; an outcome is in it with more than its mass."""
    from sympy import Rational

    half = Rational(1, 2)
    return _unordered.statistic(
        expectation,
        lambda one, two: half * (one.cost * one.score + two.cost * two.score),
        lambda one, other: half,
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate the mean of ``stop_gradient(g) log p + g`` over the pair."""
    pairs = _unordered.drawn(problem, n, generator)
    surrogate = pairs.costs.detach() * pairs.log_masses + pairs.costs
    return problem.gradients(surrogate.mean(-1), pairs.theta)


MISTAKE = Mistake(
    name="averaged_without_replacement",
    of="unordered_set",
    says="at pairs without replacement, averaged as if drawn with it: unlikely outcomes count too much",
    source="Kool, van Hoof, Welling 2020, section 2",
    statistic=statistic,
    estimate=estimate,
    refuses=_unordered.refuses,
    call=2,
)
