"""A logarithm to the base two in the log-density, as in a loss that is counted in bits."""

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
    """``g d/dtheta log2 p(a) + d/dtheta g(a)``."""
    from sympy import log

    g = expectation.integrand
    return on_samples(
        expectation, lambda theta: g * score(expectation, theta) / log(2) + explicit(expectation, theta)
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate with ``log2``."""
    from math import log

    theta, a, cost = drawn(problem, n, generator)
    bits = problem.log_density(a, theta) / log(2.0)
    return problem.gradients(cost.detach() * bits + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="log_base_two",
    of="score_function",
    says="with its distributional term divided by log 2: the log-density was taken to the base two",
    source="torch.log2 in a likelihood in bits; linearity of the catalogue's C.1",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
