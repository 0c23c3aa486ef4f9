"""The score-function estimator with its samples drawn by Gumbel-max: ``a = argmax_k(log pi_k + G_k)``.

That ``a`` has the law of the choice is what the derivation ``gumbel-max`` shows; the code is held to it. A
coin needs the difference of two Gumbel variables only, which is logistic: ``a = 1{log p/(1-p) + L > 0}``.
The argmax is a step in the parameters, so nothing is differentiated through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators import score_function
from checks.estimators._relaxed import CHOICES, class_logits, coin_logits, why_not_finite

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """That of the score function: the samples have the law."""
    return score_function.statistic(expectation)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(g) log p(a) + g`` at ``a = argmax(log pi + G)``."""
    import torch

    from checks.draws import exponentials, uniforms

    theta = problem.leaves(n)
    if problem.proof.family in CHOICES:
        logits = class_logits(problem, n, theta)
        gumbels = -torch.log(exponentials((n, logits.shape[-1]), generator))
        a = (logits + gumbels).argmax(dim=-1).to(torch.float64)
    else:
        logits = coin_logits(problem, n, theta)
        a = (logits + torch.logit(uniforms(tuple(logits.shape), generator)) > 0).to(torch.float64)
    cost = problem.f(a, theta)
    return problem.gradients(cost.detach() * problem.log_density(a, theta) + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Laws that are no finite choice by probabilities."""
    return why_not_finite(expectation)


ESTIMATOR = Estimator(
    name="gumbel_max",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="a finite choice by its probabilities",
    source="Gumbel 1954; Maddison, Tarlow, Minka 2014, A* Sampling, section 2; Williams 1992",
    route="gumbel_max",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
