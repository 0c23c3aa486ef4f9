"""The second derivative along the path: ``g(T_theta(b))`` differentiated twice at noise held fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators import pathwise

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total second derivative of ``g_theta(T_theta(b))``, as autograd takes it: no mass at a bend."""
    from checks.calculus import slope
    from checks.higher_order.parts import on_noise, on_path

    body = on_path(expectation, expectation.integrand)
    return on_noise(expectation, lambda i, j: slope(slope(body, i), j))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``g(T_theta(b))`` twice through the sample."""
    from checks.higher_order.autograd import hessians

    theta = problem.leaves(n)
    b = problem.draw_noise(n, generator)
    return hessians(problem, problem.f(problem.transport(b, theta), theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """No transport, or a parameter of the noise itself.

    A bend of the integrand is not refused: there the first derivative jumps along the path, and the
    estimator is biased by exactly the boundary term of that jump.
    """
    return pathwise.refuses(expectation)


ESTIMATOR = Estimator(
    name="hessian_pathwise",
    approximates="d2/dtheta_i dtheta_j E_{a ~ P_theta}[g_theta(a)]",
    requires="a transport a = T_theta(b) of fixed noise, and an integrand without jumps or bends in a",
    source="Rezende, Mohamed, Wierstra 2014, section 3; Mohamed, Rosca, Figurnov, Mnih 2020, section 5",
    route="pathwise_twice",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
