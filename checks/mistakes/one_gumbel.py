"""One Gumbel variable for two outcomes: the other outcome's was forgotten."""

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
    """At coins of probability ``P(phi + G > 0) = 1 - exp(-p/(1 - p))``."""
    from sympy import exp

    (phi,) = log_odds(expectation)
    return thrown(expectation, 1 - exp(-exp(phi)))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``1{log p/(1 - p) + G > 0}`` with one Gumbel ``G``."""
    import torch

    from checks.draws import exponentials

    theta = problem.leaves(n)
    gumbel = -torch.log(exponentials((n,), generator))
    a = (coin_logits(problem, n, theta) + gumbel > 0).to(torch.float64)
    return scored(problem, theta, a)


MISTAKE = Mistake(
    name="one_gumbel",
    of="gumbel_max",
    says="at samples of another law, 1 - exp(-odds): one Gumbel draw served two outcomes, each needs its own",
    source="Maddison, Mnih, Teh 2017, appendix B: the difference of two Gumbel variables is logistic",
    statistic=statistic,
    estimate=estimate,
    refuses=why_not_bernoulli,
)
