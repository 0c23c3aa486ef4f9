"""The exponent of the normal density without its 1/2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._affine import affine_parts
from checks.mistakes._terms import drawn, explicit, line, on_samples, why_not_line

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta [-((a - mu)/sigma)**2 - log sigma] + d/dtheta g(a)``."""
    from sympy import log

    location, scale, _ = line(expectation)
    (a,), g = expectation.family.samples, expectation.integrand
    log_p = -(((a - location) / scale) ** 2) - log(scale)
    return on_samples(expectation, lambda theta: g * log_p.diff(theta) + explicit(expectation, theta))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``-((a - mu)/sigma)**2 - log(sigma)`` as log-density."""
    import torch

    theta, a, cost = drawn(problem, n, generator)
    location, scale = affine_parts(problem, n, theta)
    log_p = -(((a - location) / scale) ** 2) - torch.log(scale)
    return problem.gradients(cost.detach() * log_p + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Families that are not normal, and vectors."""
    if expectation.family.name != "normal":
        return f"{expectation.family.name} is not normal"
    return why_not_line(expectation)


MISTAKE = Mistake(
    name="exponent_without_half",
    of="score_function",
    says="with twice the quadratic part of its score: the exponent of the normal density lacks its 1/2",
    source="a hand-written normal log-density; catalogue C.1, general facts",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
