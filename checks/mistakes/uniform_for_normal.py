"""Uniform noise where standard normal noise belongs: rand for randn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.draws import uniforms
from checks.estimator import Statistic
from checks.estimators import pathwise
from checks.mistake import Mistake
from checks.mistakes._transported import total, why_not_scalar

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d/dtheta g(mu + sigma u)`` with u uniform on (0, 1)."""
    from sympy import Integer

    from derive.terms import Law

    image = pathwise.transport_of(expectation).map
    values = tuple(total(expectation, image, theta) for theta in expectation.wrt)
    return Statistic(values, Law("uniform", Integer(0), Integer(1)), expectation.family.noise)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate through ``mu + sigma * rand(n)``."""
    theta = problem.leaves(n)
    a = problem.transport(uniforms((n,), generator), theta)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families whose noise is not normal."""
    if expectation.family.name != "normal":
        return "the noise of the family is not normal"
    return pathwise.refuses(expectation) or why_not_scalar(expectation)


MISTAKE = Mistake(
    name="uniform_for_normal",
    of="pathwise",
    says="of another law: the noise is uniform on (0, 1), rand where randn belongs",
    source="catalogue of mistakes: torch.rand for torch.randn",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
