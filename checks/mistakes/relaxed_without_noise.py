"""A relaxed sample without its noise: ``softmax(log pi/tau)``, a mean field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators._relaxed import coin_logits, log_odds, temperature
from checks.mistake import Mistake
from checks.mistakes._terms import along_path, on_samples, why_not_bernoulli

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The derivative of ``g(sigmoid(phi/tau))``: it does not vary."""
    from sympy import exp

    (phi,) = log_odds(expectation)
    path = 1 / (1 + exp(-phi / temperature(expectation)))
    return on_samples(expectation, lambda theta: along_path(expectation, theta, path))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``g(sigmoid(phi/tau))``."""
    import torch

    theta = problem.leaves(n)
    soft = torch.sigmoid(coin_logits(problem, n, theta) / theta["tau"])
    return problem.gradients(problem.f(soft, theta), theta)


MISTAKE = Mistake(
    name="relaxed_without_noise",
    of="gumbel_softmax",
    says="of g(softmax(log pi/tau)): no Gumbel noise was added, so nothing was sampled",
    source="Jang, Gu, Poole 2017, section 2.1",
    statistic=statistic,
    estimate=estimate,
    refuses=why_not_bernoulli,
    knobs=(("tau", "1/2"),),
)
