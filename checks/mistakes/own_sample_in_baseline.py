"""A baseline that is the mean cost of the whole call, the own sample included."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import leave_one_out, score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """Half of the leave-one-out term: ``g_i - mean of all`` is ``(N-1)/N (g_i - mean of the others)``."""
    from checks.calculus import slope

    right = leave_one_out.statistic(expectation)
    copies = [dict(zip(expectation.family.samples, draw.variables, strict=True)) for draw in right.draws]
    values = []
    for theta, value in zip(expectation.wrt, right.values, strict=True):
        explicit = slope(expectation.integrand, theta)
        kept = sum(explicit.xreplace(copy) for copy in copies) / len(copies)
        values.append((value - kept) * (len(copies) - 1) / len(copies) + kept)
    return replace(right, values=tuple(values))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``stop_gradient(g_i - mean of all g_j) log p(a_i) + g_i``, of two samples to a call."""
    theta = problem.leaves(n, leave_one_out.COPIES)
    a = problem.sample(n, generator, leave_one_out.COPIES)
    cost = problem.f(a, theta)
    surrogate = (cost - cost.mean(1, keepdim=True)).detach() * problem.log_density(a, theta) + cost
    return problem.gradients(surrogate.mean(1), theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="own_sample_in_baseline",
    of="leave_one_out",
    says="with (N-1)/N of its distributional term: the baseline holds the sample's own cost",
    source="Kool, van Hoof, Welling 2019, section 3; Mnih, Rezende 2016, section 2.4",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=leave_one_out.COPIES,
)
