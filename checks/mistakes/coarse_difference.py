"""A forward difference with a step of 1/10 on common noise in place of the derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import on_noise, pushed, why_not_line

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g_(theta+h)(T_(theta+h)(b)) - g_theta(T_theta(b)))/h``."""
    from sympy import Rational

    h = Rational(1, 10)
    cost = pushed(expectation, expectation.integrand)
    return on_noise(expectation, lambda theta: (cost.subs(theta, theta + h) - cost) / h)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Two evaluations on the same noise."""
    import torch

    from checks.problem import Theta

    b = problem.draw_noise(n, generator)
    here = problem.f(problem.transport(b))
    columns = []
    for name in problem.wrt:
        there = Theta({key: leaf.detach() + 0.1 * (key == name) for key, leaf in problem.theta.items()})
        columns.append((problem.f(problem.transport(b, there), there) - here) / 0.1)
    return torch.stack([column.detach() for column in columns], dim=-1)


def refuses(expectation: Expectation) -> str | None:
    """Parameters with an upper end, which the step might pass; vectors; costs that are linear."""
    refusal = why_not_line(expectation)
    cost = pushed(expectation, expectation.integrand) if refusal is None else expectation.integrand
    if refusal is None and all(cost.diff(theta, 2) == 0 for theta in expectation.wrt):
        return "the cost is linear in the parameters, and its difference quotient is exact"
    return refusal


MISTAKE = Mistake(
    name="coarse_difference",
    of="pathwise",
    says="plus about h/2 times the second derivative: a forward difference with h = 1/10",
    source="catalogue of estimators, FDfwd (N1: means 2 mu + h and 2 sigma + h)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
