"""Generalized reparametrization without its second term: the law of the standardised noise taken as fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import generalized_reparametrization as right
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation

# Ten times the error of Torch's trigamma, relative to its value.
TRIGAMMA = 5e-9


def statistic(expectation: Expectation) -> Statistic:
    """``d g/d theta + g' v`` alone."""
    return right.terms(expectation, corrected=False)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``g(T_theta(eps))`` as if eps were fixed noise."""
    theta, a, _ = right.moving(problem, n, generator)
    return problem.gradients(problem.f(a, theta), theta)


def refuses(expectation: Expectation) -> str | None:
    """Families whose standardised noise has a law that is free of what is differentiated."""
    from derive.normal_form import is_zero
    from derive.standardised import standardised

    refusal = right.refuses(expectation)
    if refusal is not None:
        return refusal
    made = standardised(expectation.family)
    if all(is_zero(made.remainder(theta)) for theta in expectation.wrt):
        return "the standardised noise has a law that does not depend on theta: there is no second term"
    return None


def accuracy(expectation: Expectation) -> dict[str, float]:
    """Torch's trigamma is good to 5e-10: a mean that depends on it is off by as much."""
    return {theta.name: TRIGAMMA for theta in expectation.wrt if expectation.family.name in ("gamma", "beta")}


MISTAKE = Mistake(
    name="noise_law_taken_as_fixed",
    of="generalized_reparametrization",
    says="without E[g d/dtheta log q(eps)]: the law of the standardised noise depends on theta as well",
    source="Ruiz, Titsias, Blei 2016, section 3 (the term called g_corr)",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    accuracy=accuracy,
)
