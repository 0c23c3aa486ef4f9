"""A normal sample in place of a count: rate + sqrt(rate) b."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimator import Statistic
from checks.mistake import Mistake
from checks.mistakes._terms import along_path

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total derivative of ``g_theta(rate + sqrt(rate) b)``, ``b`` standard normal."""
    from sympy import Symbol, sqrt

    from derive.terms import Law

    b, (rate,) = Symbol("b", real=True), expectation.family.symbols
    values = tuple(along_path(expectation, theta, rate + sqrt(rate) * b) for theta in expectation.wrt)
    return Statistic(values, Law("normal", 0, 1), (b,))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``rate + rate.sqrt() * torch.randn``."""
    import torch

    from checks.draws import normals

    theta = problem.leaves(n)
    rate = theta["rate"]
    a = rate + torch.sqrt(rate) * normals((n,), generator)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families other than Poisson, and costs of degree two at most, for which it is right."""
    if expectation.family.name != "poisson":
        return f"{expectation.family.name} is not Poisson"
    if expectation.integrand.diff(expectation.family.samples[0], 3) == 0:
        return "the first two moments of the relaxed sample are right, and the cost needs no others"
    return None


MISTAKE = Mistake(
    name="normal_approximation",
    of="score_function",
    says="of another law, with Normal(rate, sqrt(rate)) in place of the counts: a relaxation of the sample",
    source="catalogue of estimators, M16; right for polynomials up to the second degree",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
