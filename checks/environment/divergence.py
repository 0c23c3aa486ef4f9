"""Losses from single-sample estimates of KL(P_theta || Q), whose integrand is log p_theta(a) - log q(a).

The samples are held fixed while the loss is differentiated, as in fine-tuning with a penalty for leaving the
reference policy. Schulman 2020, Approximating KL Divergence, calls the estimates k1, k2 and k3; all have the
right mean or nearly so, but their derivatives do not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sympy import Expr, Symbol
    from torch import Generator, Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def differentiated(expectation: Expectation, factor: Callable[[Any], Any]) -> Statistic:
    """The statistic ``factor(g) d g`` of a loss whose slope in its estimate g is ``factor``."""
    from checks.calculus import slope
    from checks.estimator import Statistic

    family, g = expectation.family, expectation.integrand
    values = tuple(factor(g) * slope(g, theta) for theta in expectation.wrt)
    return Statistic(values, family.law, family.samples)


def by_loss(loss: Callable[[Tensor], Tensor]) -> Callable[[Any, int, Generator], Tensor]:
    """The code that differentiates ``loss(g)`` at samples that carry no graph."""

    def estimate(problem: Problem, n: int, generator: Generator) -> Tensor:
        theta = problem.leaves(n)
        a = problem.sample(n, generator)
        return problem.gradients(loss(problem.f(a, theta)), theta)

    return estimate


def refuses(expectation: Expectation) -> str | None:
    """An integrand that is not the log-density up to a function of the sample."""
    from checks.calculus import slope

    family, g = expectation.family, expectation.integrand
    for theta in expectation.wrt:
        if not _vanishes(slope(g, theta) - family.log_density.diff(theta), expectation):
            return f"the integrand is not log p(a) - log q(a): its derivative by {theta} is not the score"
    return None


def _vanishes(difference: Expr, expectation: Expectation) -> bool:
    """Whether a function of the sample and the parameters is zero: for each outcome of a finite law."""
    from sympy import Integer

    from derive.normal_form import is_zero

    axis = expectation.family.support[0]
    ends = axis.upper.xreplace(expectation.point)
    if not axis.lattice or not ends.is_Integer or len(expectation.family.samples) > 1:
        return bool(is_zero(difference))
    a: Symbol = expectation.family.samples[0]
    return all(is_zero(difference.subs(a, Integer(k))) for k in range(int(ends) + 1))
