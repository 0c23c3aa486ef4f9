"""The score function with the baseline of least variance, E[g s^2]/E[s^2], for each parameter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _baselines, score_function

if TYPE_CHECKING:
    import torch
    from sympy import Expr, Symbol

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g - b) s + d/dtheta g(a)`` with the score ``s`` and ``b = E[g s**2]/E[s**2]``, as numbers.

    Least variance of the distributional term; with an explicit term it need not be that of the sum.
    """
    best = {theta: _best(expectation, theta) for theta in expectation.wrt}
    made = _baselines.centred(expectation, best.__getitem__)
    return replace(made, constants=tuple((theta.name, b) for theta, b in best.items()))


def _best(expectation: Expectation, theta: Symbol) -> Expr:
    weight = expectation.family.log_density.diff(theta) ** 2
    cost = _baselines.exact_mean(expectation.integrand * weight, expectation)
    return cost / _baselines.exact_mean(weight, expectation)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(g - b) log p(a) + g`` by each theta with its own b."""
    return _baselines.gradients(problem, n, generator, problem.constants.__getitem__)


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply, or a score vanishes or E[g s^2] does not exist."""
    from derive.errors import NoClosedForm, NoExpectation

    refusal = score_function.refuses(expectation)
    if refusal is not None:
        return refusal
    for theta in expectation.wrt:
        if expectation.family.log_density.diff(theta) == 0:
            return f"the law does not depend on {theta}: its score is zero, and no baseline is the best"
        try:
            _best(expectation, theta)
        except NoExpectation as error:
            return f"E[g s**2] does not exist for {theta}: {error.message}"
        except NoClosedForm as error:
            return f"the best baseline for {theta} is not known: {error.message}"
    return None


ESTIMATOR = Estimator(
    name="optimal_baseline",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="what score_function requires; finite E[g s^2] and a score that is not zero",
    source="Greensmith, Bartlett, Baxter, JMLR 5 (2004), Theorem 8",
    route="baseline",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
