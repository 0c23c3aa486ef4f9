"""The log-probability without the logarithm of its normaliser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import drawn, explicit, on_samples

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta (log p(a) - log p(0)) + d/dtheta g(a)``; ``1/p(0)`` is the normaliser here."""
    (a,), g = expectation.family.samples, expectation.integrand
    log_p = expectation.family.log_density
    unnormalised = log_p - log_p.subs(a, 0)
    return on_samples(expectation, lambda theta: g * unnormalised.diff(theta) + explicit(expectation, theta))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The log-probability up to its constant."""
    import torch

    theta, a, cost = drawn(problem, n, generator)
    log_p = problem.log_density(a, theta) - problem.log_density(torch.zeros_like(a), theta)
    return problem.gradients(cost.detach() * log_p + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Families other than Poisson and Bernoulli by log-odds."""
    if expectation.family.name not in ("poisson", "bernoulli_logits"):
        return f"p(0) of {expectation.family.name} is not its normaliser"
    return None


MISTAKE = Mistake(
    name="missing_normaliser",
    of="score_function",
    says="plus E[g] times the slope of the log-normaliser: the log-probability is not normalised",
    source="catalogue C.1, general facts; log_prob of logits without log_softmax",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
