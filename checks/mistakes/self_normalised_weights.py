"""Importance weights divided by their sum over the call: a ratio of means is not the mean of the ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _proposal, multi_sample
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation

COPIES = 2


def statistic(expectation: Expectation) -> Statistic:
    """``sum w_i (g_i d log p_i + dg_i)/sum w_i`` over the two samples of a call."""
    from sympy import Add

    from checks.estimator import Statistic

    law = _proposal.proposal(expectation)
    parts = (_proposal.weight(expectation, law), *(_proposal.scored(expectation, t) for t in expectation.wrt))
    single = Statistic(parts, law, expectation.family.samples)
    (first, *rest), made = multi_sample.copies_of(single, COPIES)
    weights = [one.values[0] for one in made]
    values = [
        Add(*(w * one.values[i] for w, one in zip(weights, made, strict=True))) / Add(*weights)
        for i in range(1, len(parts))
    ]
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
    return _proposal.refuses(expectation) or multi_sample.why_not_enumerated(expectation)


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
