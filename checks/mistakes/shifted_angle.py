"""An angle shifted with the mean direction, as if the circle were a line: at its ends samples jump around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import implicit
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g'(a) + d/dmu g``: the velocity 1 in place of ``1 - p(-pi)/p(a)``."""
    from sympy import S

    family, mu = expectation.family, expectation.family.symbols[0]
    values = tuple(
        implicit.along(expectation, theta, (S.One if theta == mu else S.Zero,)) for theta in expectation.wrt
    )
    return Statistic(values, family.law, family.samples)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``(mu + b + pi) % (2 pi) - pi`` with b around 0: the remainder has the slope 1 of its argument."""
    import math

    import torch

    theta = problem.leaves(n)
    mu = theta.mu
    b = (problem.sample(n, generator) - mu).detach()
    # Of what lies at -pi up to rounding the remainder may be 2 pi too much.
    a = torch.remainder(mu + b + math.pi, 2.0 * math.pi) - math.pi
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families of no angle, and the concentration, which no shift reaches."""
    if expectation.family.name != "von_mises":
        return f"{expectation.family.name} is not the law of an angle"
    if expectation.family.symbols[1] in expectation.wrt:
        return "the concentration does not shift a sample"
    return implicit.refuses(expectation)


MISTAKE = Mistake(
    name="shifted_angle",
    of="implicit",
    says="as if every angle moved with mu: at the ends it stays, and an integrand that does not close jumps",
    source="samples shifted by their mean direction: right for integrands of period 2 pi only",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
