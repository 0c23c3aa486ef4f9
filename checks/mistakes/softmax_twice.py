"""Softmax applied twice, in the sampler and in the score: probabilities handed on as logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators._relaxed import CHOICES, class_logits, log_probabilities, softmax
from checks.mistake import Mistake
from checks.mistakes._sampled import why_no_coin_or_choice
from checks.mistakes._terms import explicit

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d log q(a) + dg`` at samples of ``q = softmax(pi)``."""
    from sympy import Eq, Piecewise, log

    from derive.terms import Law

    q = softmax(softmax(log_probabilities(expectation)))
    (a,) = expectation.family.samples

    def score(theta: Symbol) -> Expr:
        slopes = [log(one).diff(theta) for one in q]
        pairs = [(s, Eq(a, k)) for k, s in enumerate(slopes[:-1])]
        return Piecewise(*pairs, (slopes[-1], True))

    g = expectation.integrand
    values = tuple(g * score(theta) + explicit(expectation, theta) for theta in expectation.wrt)
    law = Law("categorical", *q) if expectation.family.name in CHOICES else Law("bernoulli", q[1])
    return Statistic(values, law, expectation.family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``Categorical(logits=softmax(logits))``, for the sample and for its log-probability."""
    import torch

    theta = problem.leaves(n)
    log_q = torch.log_softmax(torch.softmax(class_logits(problem, n, theta), dim=-1), dim=-1)
    index = torch.multinomial(log_q[0].detach().exp(), n, replacement=True, generator=generator)
    cost = problem.f(index.to(torch.float64), theta)
    log_prob = log_q.gather(-1, index[:, None]).squeeze(-1)
    return problem.gradients(cost.detach() * log_prob + cost, theta)


MISTAKE = Mistake(
    name="softmax_twice",
    of="score_function",
    says="of another law, softmax(pi): softmax was applied twice, or probabilities were passed as logits",
    source="torch.distributions.Categorical(logits=...) of a softmax output, a common report",
    statistic=statistic,
    estimate=estimate,
    refuses=why_no_coin_or_choice,
)
