"""A probability handed to a law that wants log-odds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import explicit

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dp log Bernoulli(a; sigmoid(p)) + d/dp g(a)`` at samples of ``Bernoulli(sigmoid(p))``."""
    from sympy import exp, log

    from derive.terms import Law

    family, g = expectation.family, expectation.integrand
    (a,), (p,) = family.samples, family.symbols
    log_p = a * p - log(1 + exp(p))
    values = tuple(g * log_p.diff(theta) + explicit(expectation, theta) for theta in expectation.wrt)
    return Statistic(values, Law("bernoulli_logits", p), family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``Bernoulli(logits=p)``, for the sample and for its log-probability."""
    import torch

    theta = problem.leaves(n)
    p = theta["p"]
    chance = torch.sigmoid(p.detach()).expand(n)
    a = torch.bernoulli(chance, generator=generator)
    cost = problem.f(a, theta)
    log_p = a * p - torch.nn.functional.softplus(p)
    return problem.gradients(cost.detach() * log_p + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but a coin by its probability."""
    if expectation.family.name != "bernoulli":
        return f"{expectation.family.name} is not the law of a coin by its probability"
    return None


MISTAKE = Mistake(
    name="probs_as_logits",
    of="score_function",
    says="of another law, with sigmoid(p) in place of p: the probability was taken for log-odds",
    source="GenJAX commit b8a6b95 (flip_reinforce took probabilities as logits)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
