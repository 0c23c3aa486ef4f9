"""The mixed terms left out along the path: theta acts through the sample and in the integrand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import pathwise
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total second derivative without ``sum_k d2g/(d a_k d theta_j) dT_k/d theta_i`` and its mirror."""
    from checks.calculus import slope
    from checks.higher_order.parts import on_noise, on_path

    g, samples = expectation.integrand, expectation.family.samples
    body = on_path(expectation, g)
    paths = list(zip(samples, pathwise.transport_of(expectation).map, strict=True))

    def mixed(i: Symbol, j: Symbol) -> Expr:
        return sum(on_path(expectation, slope(slope(g, a), j)) * path.diff(i) for a, path in paths)

    return on_noise(expectation, lambda i, j: slope(slope(body, i), j) - mixed(i, j) - mixed(j, i))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Through the sample with theta detached in g, and in g with the sample detached."""
    from checks.higher_order.autograd import hessians
    from checks.problem import Theta

    theta = problem.leaves(n)
    held = Theta({name: leaf.detach() for name, leaf in theta.items()})
    a = problem.transport(problem.draw_noise(n, generator), theta)
    through, within = problem.f(a, held), problem.f(a.detach(), theta)
    return hessians(problem, through + within, theta)


def refuses(expectation: Expectation) -> str | None:
    """An integrand without theta has no mixed terms to lose."""
    from checks.higher_order.parts import depends_on_theta

    return depends_on_theta(expectation) or pathwise.refuses(expectation)


MISTAKE = Mistake(
    name="path_mixed_dropped",
    of="hessian_pathwise",
    says="without its mixed terms E[d2g/(da dtheta) dT/dtheta]: theta acts through the sample and in g",
    source="the chain rule applied twice, less its middle",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
