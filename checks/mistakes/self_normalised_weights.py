"""Importance weights divided by their sum over the call: a ratio of means is not the mean of the ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _proposal
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation

COPIES = 2
# Pairs of more outcomes are not enumerated.
MOST = 64


def statistic(expectation: Expectation) -> Statistic:
    """``sum w_i (g_i d log p_i + dg_i)/sum w_i`` over the two samples of a call."""
    from sympy import Add

    from checks.estimator import Statistic

    law = _proposal.proposal(expectation)
    draws = _proposal.pair(expectation, law)
    places = [dict(zip(expectation.family.samples, draw.variables, strict=True)) for draw in draws]
    weight = _proposal.weight(expectation, law)
    weights = [weight.xreplace(place) for place in places]
    values = []
    for theta in expectation.wrt:
        terms = [_proposal.scored(expectation, theta).xreplace(place) for place in places]
        values.append(Add(*(w * x for w, x in zip(weights, terms, strict=True))) / Add(*weights))
    first, *rest = draws
    known = _proposal.constants(expectation, law)
    return Statistic(tuple(values), law, first.variables, tuple(rest), known, closed=False)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``sum (w_i/sum w_j) (stop_gradient(g_i) log p(a_i) + g_i)``, of two samples to a call."""
    theta = problem.leaves(n, COPIES)
    a = _proposal.drawn(problem, n, generator, COPIES)
    cost = problem.f(a, theta)
    weights = _proposal.ratio(problem, a, theta)
    surrogate = cost.detach() * problem.log_density(a, theta) + cost
    return problem.gradients((weights * surrogate).sum(1) / weights.sum(1), theta)


def refuses(expectation: Expectation) -> str | None:
    """Where there is no other law to sample from, and where its pairs of samples cannot be enumerated."""
    from derive.lattice import count

    refusal = _proposal.refuses(expectation)
    if refusal is not None:
        return refusal
    family = expectation.family
    size = count(family.law, expectation.point) if family.lattice else None
    if size is None or size > MOST:
        return f"a ratio under two samples of {family.name} is exact only where few outcomes are enumerated"
    return None


MISTAKE = Mistake(
    name="self_normalised_weights",
    of="importance_weighted",
    says="as a ratio of two sums: weights p/q divided by their own sum are biased",
    source="Owen, Monte Carlo theory, methods and examples, section 9.2",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    knobs=(("widening", "3/2"),),
    call=COPIES,
)
