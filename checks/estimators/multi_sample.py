"""The score function averaged over the independent samples of a call: its variance is over their number.

What every estimator of several samples, such as leave-one-out, has to beat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Draw, Estimator, Statistic
from checks.estimators import score_function

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation

COPIES = 2
# Pairs of more outcomes than these are not enumerated.
MOST = 64


def why_not_enumerated(expectation: Expectation) -> str | None:
    """Why what no closed form knows of two samples cannot be summed over all of their outcomes; else None."""
    from derive.lattice import count

    family = expectation.family
    size = count(family.law, expectation.point) if family.lattice else None
    if size is None or size > MOST:
        return f"of two samples of {family.name} it is exact only where few outcomes are enumerated"
    return None


def copies_of(statistic: Statistic, count: int) -> tuple[tuple[Draw, ...], tuple[Statistic, ...]]:
    """``count`` independent draws of the first law, and the statistic in each of them."""
    from dataclasses import replace

    from sympy import Symbol

    draws = tuple(
        Draw(statistic.law, tuple(Symbol(f"{v}_{i}", real=True) for v in statistic.variables))
        for i in range(count)
    )
    places = (dict(zip(statistic.variables, draw.variables, strict=True)) for draw in draws)
    moved = (tuple(v.xreplace(place) for v in statistic.values) for place in places)
    return draws, tuple(replace(statistic, values=values) for values in moved)


def statistic(expectation: Expectation) -> Statistic:
    """``1/N sum_i (g_i d log p_i + dg_i)`` over the ``N = 2`` samples of a call."""
    from sympy import Add

    (first, *rest), made = copies_of(score_function.statistic(expectation), COPIES)
    values = tuple(Add(*each) / COPIES for each in zip(*(one.values for one in made), strict=True))
    return Statistic(values, first.law, first.variables, tuple(rest))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``mean_i of stop_gradient(g_i) log p(a_i) + g_i``."""
    theta = problem.leaves(n, COPIES)
    a = problem.sample(n, generator, COPIES)
    cost = problem.f(a, theta)
    surrogate = cost.detach() * problem.log_density(a, theta) + cost
    return problem.gradients(surrogate.mean(1), theta)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function itself does not apply."""
    return score_function.refuses(expectation)


ESTIMATOR = Estimator(
    name="multi_sample",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="what score_function requires; several samples to a call",
    source="Williams 1992; Mohamed, Rosca, Figurnov, Mnih 2020, section 4",
    route="score_function",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    call=COPIES,
)
