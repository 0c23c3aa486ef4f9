"""Logistic noise where normal noise belongs: the transport of another family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._terms import moved, on_noise

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``g_theta(mu + sigma b)``, ``b`` standard logistic."""
    from derive.terms import Law

    return on_noise(expectation, lambda theta: moved(expectation, theta), Law("logistic", 0, 1))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Standard logistic draws in the transport."""
    from checks.samplers.logistic import sample

    theta = problem.leaves(n)
    a = problem.transport(sample((0.0, 1.0), (n,), generator), theta)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families that are not normal."""
    if expectation.family.name != "normal":
        return f"{expectation.family.name} is not normal"
    return pathwise.refuses(expectation)


MISTAKE = Mistake(
    name="logistic_noise",
    of="pathwise",
    says="of another law, with logistic noise in place of normal noise: the sampler of another family",
    source="the logistic approximation of the probit link (pi/sqrt(3)), without its constant",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
