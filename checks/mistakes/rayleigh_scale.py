"""Distances from a normal mean drawn from Weibull(1, 2), where Weibull(sqrt(2), 2) is Rayleigh's law."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import _weak
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation
    from derive.weak import Split


def statistic(expectation: Expectation) -> Statistic:
    """``c (g(mu + sigma w) - g(mu - sigma w')) + d/dmu g(a)`` with w and w' of scale 1."""
    return _weak.statistic(expectation, coupled=False, changed=_shorter)


def _shorter(split: Split) -> Split:
    from derive.terms import Law

    short = Law("weibull", 1, 2)
    return replace(split, plus=replace(split.plus, law=short), minus=replace(split.minus, law=short))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``torch.distributions.Weibull(1, 2)`` on both sides: its scale is not Rayleigh's."""
    import math

    import torch

    mu, sigma = problem.point["mu"], problem.point["sigma"]
    draw, theta = _weak.Drawer(n, generator), problem.leaves(n)
    with torch.no_grad():
        up, down = (draw.exponential().sqrt() for _ in range(2))
        costs = problem.f(mu + sigma * up) - problem.f(mu - sigma * down)
        rows = (costs / (sigma * math.sqrt(2.0 * math.pi))).unsqueeze(-1)
    if not problem.explicit:
        return rows
    return rows + problem.gradients(problem.f(problem.sample(n, generator), theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Anything but the mean of a normal law, by itself."""
    family = expectation.family
    if family.name != "normal" or expectation.wrt != family.symbols[:1]:
        return "only the mean of a normal law, by itself, has Rayleigh distances"
    return _weak.refuses(expectation)


MISTAKE = Mistake(
    name="rayleigh_scale",
    of="measure_valued_independent",
    says="of narrower halves: Weibull(1, 2) was drawn where Weibull(sqrt(2), 2) is Rayleigh's law",
    source="Mohamed, Rosca, Figurnov, Mnih 2020, table 2: Weibull(2, 1/2) by shape and rate of the square",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    evaluations=2,
)
