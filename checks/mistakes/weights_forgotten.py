"""Samples of another law, such as an old policy's, used as if they were of the law itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _proposal
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d log p(a) + dg(a)`` at ``a ~ q``, without the weight ``p/q``."""
    return _proposal.statistic(expectation, lambda weight, value: value)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The score function's surrogate at samples of ``q``."""
    theta = problem.leaves(n)
    a = _proposal.drawn(problem, n, generator)
    cost = problem.f(a, theta)
    return problem.gradients(cost.detach() * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where there is no other law to sample from."""
    return _proposal.refuses(expectation)


MISTAKE = Mistake(
    name="weights_forgotten",
    of="importance_weighted",
    says="with its expectations taken under the law that was sampled: the weights p/q were forgotten",
    source="Owen, Monte Carlo theory, methods and examples, chapter 9",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("widening", "3/2"),),
    # With the same mean for some laws and costs, such as a Poisson rate and a; it is the more usual one.
    alike="missing_normaliser",
)
