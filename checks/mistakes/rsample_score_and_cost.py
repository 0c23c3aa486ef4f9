"""The score-function surrogate at a reparametrized sample, the cost attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise, score_function
from checks.mistake import Mistake
from checks.mistakes._transported import total

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivatives through ``a = A_theta(b)``."""
    from sympy import expand_log

    family = expectation.family
    transport = pathwise.transport_of(expectation)
    image = dict(zip(family.samples, transport.map, strict=True))
    log_density = expand_log(family.log_density.xreplace(image), force=True)
    g = expectation.integrand.xreplace(image)
    values = tuple(
        g * log_density.diff(theta) + total(expectation, transport.map, theta) for theta in expectation.wrt
    )
    return Statistic(values, transport.noise, family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``cost.detach() * log_density + cost`` with ``a = rsample()``."""
    theta = problem.leaves(n)
    a = problem.transport(problem.draw_noise(n, generator), theta)
    cost, log_density = problem.f(a, theta), problem.log_density(a, theta)
    return problem.gradients(cost.detach() * log_density + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the pathwise or the score-function estimator does not apply."""
    return pathwise.refuses(expectation) or score_function.refuses(expectation)


MISTAKE = Mistake(
    name="rsample_score_and_cost",
    of="pathwise",
    says="plus E[g] d/dtheta log |db/da|: log_prob was taken at rsample(), beside a pathwise term",
    source="catalogue of mistakes: the score-function surrogate with rsample()",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
