"""``log p`` where the log-odds belong: a threshold without the other outcome's ``log(1 - p)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.mistake import Mistake
from checks.mistakes._sampled import scored, thrown
from checks.mistakes._terms import why_not_bernoulli

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """At coins of probability ``p/(1 + p)``."""
    from sympy import exp

    (a,) = expectation.family.samples
    log_p = expectation.family.log_density.xreplace({a: 1})
    return thrown(expectation, 1 / (1 + exp(-log_p)))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``1{log p + L > 0}`` with standard logistic ``L``."""
    import torch

    from checks.draws import uniforms

    theta = problem.leaves(n)
    log_p = problem.log_density(torch.ones(n, dtype=torch.float64), theta)
    a = (log_p + torch.logit(uniforms((n,), generator)) > 0).to(torch.float64)
    return scored(problem, theta, a)


MISTAKE = Mistake(
    name="log_p_for_log_odds",
    of="gumbel_max",
    says="at samples of another law, p/(1 + p): log p stood where the log-odds log p - log(1 - p) belong",
    source="Maddison, Mnih, Teh 2017, appendix B",
    statistic=statistic,
    estimate=estimate,
    refuses=why_not_bernoulli,
)
