"""Costs divided by their own standard deviation over the call: the gradient loses its length, and more.

For two samples ``(g_i - mean)/deviation`` is the sign of their difference over ``sqrt(2)``, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import multi_sample, score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``1/2 sum_i (g_i - mean)/deviation d log p_i + dg_i`` over two samples; 0 for equal costs."""
    from sympy import sign, sqrt

    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    names = expectation.wrt
    parts = (g, *(family.log_density.diff(t) for t in names), *(slope(g, t) for t in names))
    (first, second), made = multi_sample.copies_of(Statistic(parts, family.law, family.samples), 2)
    (g0, *one), (g1, *other) = (m.values for m in made)
    size, standard = len(names), sign(g0 - g1) / sqrt(2)
    values = tuple(
        (standard * (one[i] - other[i]) + one[size + i] + other[size + i]) / 2 for i in range(size)
    )
    # Enumerated: no closed form knows the sign of a difference of two samples.
    return Statistic(values, first.law, first.variables, (second,), closed=False)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The surrogate ``mean_i of stop_gradient((g_i - mean)/deviation) log p(a_i) + g_i``."""
    import torch

    theta = problem.leaves(n, 2)
    a = problem.sample(n, generator, 2)
    cost = problem.f(a, theta)
    centred = (cost - cost.mean(1, keepdim=True)).detach()
    spread = centred.std(1, keepdim=True)
    advantage = torch.where(spread > 0, centred / torch.where(spread > 0, spread, 1.0), 0.0)
    return problem.gradients((advantage * problem.log_density(a, theta) + cost).mean(1), theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply, and laws whose pairs of samples are not enumerated."""
    return score_function.refuses(expectation) or multi_sample.why_not_enumerated(expectation)


MISTAKE = Mistake(
    name="standardised_returns",
    of="multi_sample",
    says="with its distributional term in units of the costs' own deviation: they were standardised",
    source="Shao et al. 2024, DeepSeekMath (GRPO), section 4.1; Liu et al. 2025, Understanding R1-Zero-Like "
    "Training, on the bias of dividing by the deviation",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=2,
)
