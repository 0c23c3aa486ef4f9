"""Probabilities where Gumbel noise wants their logarithms: ``argmax(pi + G)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators._relaxed import CHOICES, class_logits, log_probabilities, softmax
from checks.mistake import Mistake
from checks.mistakes._sampled import chosen, scored, thrown, why_no_coin_or_choice

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """At choices of probabilities ``softmax(pi)``."""
    chances = softmax(softmax(log_probabilities(expectation)))
    if expectation.family.name in CHOICES:
        return chosen(expectation, chances)
    return thrown(expectation, chances[1])


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``argmax(pi + G)``."""
    import torch

    from checks.draws import exponentials, uniforms

    theta = problem.leaves(n)
    pi = torch.softmax(class_logits(problem, n, theta), dim=-1)
    if problem.proof.family in CHOICES:
        gumbels = -torch.log(exponentials((n, pi.shape[-1]), generator))
        return scored(problem, theta, (pi + gumbels).argmax(dim=-1).to(torch.float64))
    difference = torch.logit(uniforms((n,), generator))  # of two Gumbel variables
    return scored(problem, theta, (pi[:, 1] - pi[:, 0] + difference > 0).to(torch.float64))


MISTAKE = Mistake(
    name="probabilities_in_argmax",
    of="gumbel_max",
    says="at samples of softmax(pi): the noise was added to probabilities, and belongs to their logarithms",
    source="pytorch issue 41663: gumbel_softmax wants unnormalised log-probabilities",
    statistic=statistic,
    estimate=estimate,
    refuses=why_no_coin_or_choice,
)
