"""The log-density of another sample than the one that was paid for: off by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._terms import drawn, explicit, on_samples, score

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g(a) d/dtheta log p(a + 1) + d/dtheta g(a)``."""
    (a,) = expectation.family.samples
    g = expectation.integrand
    return on_samples(
        expectation,
        lambda theta: g * score(expectation, theta).xreplace({a: a + 1}) + explicit(expectation, theta),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``log_prob(a + 1)``."""
    theta, a, cost = drawn(problem, n, generator)
    return problem.gradients(cost.detach() * problem.log_density(a + 1.0, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Vectors, and densities that do not reach to infinity."""
    from sympy import oo

    family = expectation.family
    if family.dimension > 1 or family.support[0].upper != oo:
        return f"the density of {family.name} does not reach to infinity along one line"
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="shifted_log_prob",
    of="score_function",
    says="with its score at a + 1: the log-density is that of a shifted sample",
    source="one-based actions in a zero-based table; catalogue M26 in kind",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
