"""The log-density at a reparametrized sample: the two ways in which theta moves it cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise, score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g(a) d/dtheta log p_theta(A_theta(b))``, the total derivative."""
    from sympy import expand_log

    family = expectation.family
    transport = pathwise.transport_of(expectation)
    image = dict(zip(family.samples, transport.map, strict=True))
    log_density = expand_log(family.log_density.xreplace(image), force=True)
    g = expectation.integrand.xreplace(image)
    values = tuple(g * log_density.diff(theta) for theta in expectation.wrt)
    return Statistic(values, transport.noise, family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``g.detach() log p(a)`` with ``a = rsample()``."""
    theta = problem.leaves(n)
    a = problem.transport(problem.draw_noise(n, generator), theta)
    cost, log_density = problem.f(a, theta), problem.log_density(a, theta)
    return problem.gradients(cost.detach() * log_density, theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the pathwise or the score-function estimator does not apply."""
    return pathwise.refuses(expectation) or score_function.refuses(expectation)


MISTAKE = Mistake(
    name="rsample_in_score",
    of="pathwise",
    says="replaced by E[g] d/dtheta log |db/da|: log_prob was taken at rsample(), which moves with theta",
    source="PyTorch issue 10943, stable-baselines3 issue 2096 (log_prob of an undetached rsample)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
