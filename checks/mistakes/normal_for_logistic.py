"""Normal noise in place of the logistic difference of two Gumbel variables: a probit coin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators._relaxed import coin_logits, log_odds
from checks.mistake import Mistake
from checks.mistakes._sampled import scored, thrown
from checks.mistakes._terms import why_not_bernoulli

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """At coins of probability ``Phi(log p/(1 - p))``."""
    from sympy import erf, sqrt

    (phi,) = log_odds(expectation)
    return thrown(expectation, (1 + erf(phi / sqrt(2))) / 2)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``1{log p/(1 - p) + N > 0}`` with standard normal ``N``."""
    import torch

    from checks.draws import normals

    theta = problem.leaves(n)
    a = (coin_logits(problem, n, theta) + normals((n,), generator) > 0).to(torch.float64)
    return scored(problem, theta, a)


MISTAKE = Mistake(
    name="normal_for_logistic",
    of="gumbel_max",
    says="at samples of another law, Phi(log-odds): its noise was normal, that of two Gumbels is logistic",
    source="Maddison, Mnih, Teh 2017, appendix B: the noise of the Gumbel-max trick is Gumbel",
    statistic=statistic,
    estimate=estimate,
    refuses=why_not_bernoulli,
)
