"""The derivative of the sample taken as 1: the chain factor of the transport lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._terms import on_noise

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d g/d a + d g/d theta`` at ``a = T_theta(b)``."""
    from sympy import S

    return on_noise(expectation, lambda theta: pathwise.along(expectation, theta, (S.One,)))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The sample detached, plus a parameter with value zero and slope one."""
    theta = problem.leaves(n)
    a = problem.transport(problem.draw_noise(n, generator), theta).detach()
    for name in problem.wrt:
        a = a + theta[name] - theta[name].detach()
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Affine families, where it is the lost noise factor, and vectors."""
    transport = expectation.family.transport
    if transport is not None and (transport.form == "location_scale" or expectation.family.dimension > 1):
        return (
            f"{expectation.family.name} is affine in its noise: the slope 1 is right, or a noise factor lost"
        )
    return pathwise.refuses(expectation)


MISTAKE = Mistake(
    name="identity_velocity",
    of="pathwise",
    says="with 1 in place of d a/d theta: the chain factor of the transport was lost",
    source="Bengio, Leonard, Courville 2013 (straight-through), on a continuous sample",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
