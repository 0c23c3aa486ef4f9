"""The density of a location-scale family without its 1/sigma: the Jacobian of the transport forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.estimators import score_function
from checks.mistake import Mistake
from checks.mistakes._affine import affine_parts, scale_of, why_not_affine

if TYPE_CHECKING:
    import torch
    from sympy import Expr

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d/dtheta (log p(a) + log |dT/db|) + d/dtheta g(a)``: the score of ``P((a - mu)/sigma)``."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    wrong = family.log_density + _log_jacobian(expectation)
    values = tuple(g * wrong.diff(theta) + slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def _log_jacobian(expectation: Expectation) -> Expr:
    from sympy import Matrix, log

    return log(Matrix(scale_of(expectation)).det())


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The score function's surrogate with the log-Jacobian missing from the log-density."""
    import torch

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    cost = problem.f(a, theta)
    _, scale = affine_parts(problem, n, theta)
    missing = torch.linalg.det(scale) if scale.dim() == 3 else scale
    wrong = problem.log_density(a, theta) + torch.log(missing)
    return problem.gradients(cost.detach() * wrong + cost, theta)


def refuses(expectation: Expectation) -> str | None:
    """Families that are not of location-scale form, or whose scale is not asked for."""
    return why_not_affine(expectation) or score_function.refuses(expectation)


MISTAKE = Mistake(
    name="missing_jacobian",
    of="score_function",
    says="plus E[g] d/dtheta log sigma: the density lacks its 1/sigma, the Jacobian of a = mu + sigma b",
    source="RussTedrake/manipulation issue 231 (an exercise whose score lacks powers of 1/sigma)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
