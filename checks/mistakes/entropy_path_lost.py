"""Sticking the landing the wrong way round: in log q the sample is detached, and not the parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimators import pathwise, sticking_the_landing
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``h`` along the path, and ``c`` times the score in place of log q's path."""
    family, c = expectation.family, sticking_the_landing.multiple(expectation)
    whole = pathwise.statistic(expectation)
    image = dict(zip(family.samples, pathwise.transport_of(expectation).map, strict=True))
    values = []
    for theta, value in zip(expectation.wrt, whole.values, strict=True):
        moved = sum(
            family.log_density.diff(a).xreplace(image) * path.diff(theta) for a, path in image.items()
        )
        values.append(value - c * moved)
    return replace(whole, values=tuple(values), constants=(("c", c),))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``h(a) + c log q_theta(stop_gradient(a))``."""
    theta = problem.leaves(n)
    a = problem.transport(problem.draw_noise(n, generator), theta)
    log_q, fixed = problem.log_density(a, theta), problem.log_density(a.detach(), theta)
    return problem.gradients(problem.f(a, theta) - problem.constants["c"] * (log_q - fixed), theta)


MISTAKE = Mistake(
    name="entropy_path_lost",
    of="sticking_the_landing",
    says="without that of its term c E[log q]: in log q the sample was detached, and not the parameters",
    source="Roeder, Wu, Duvenaud 2017, algorithm 2 (stop_gradient belongs on the parameters)",
    statistic=statistic,
    estimate=estimate,
    refuses=sticking_the_landing.refuses,
)
