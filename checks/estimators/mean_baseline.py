"""The score function with the exact mean E[g] as its baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimator import Estimator, Statistic
from checks.estimators import _baselines, score_function

if TYPE_CHECKING:
    import torch

    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g - E[g]) d/dtheta log p(a) + d/dtheta g(a)``, with E[g] as a number."""
    mean = _baselines.exact_mean(expectation.integrand, expectation)
    made = _baselines.centred(expectation, lambda theta: mean)
    return replace(made, constants=(("mean", mean),))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``stop_gradient(g - E[g]) log p(a) + g``."""
    return _baselines.gradients(problem, n, generator, lambda name: problem.constants["mean"])


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply, or E[g] is not known."""
    from derive.errors import NoClosedForm

    refusal = score_function.refuses(expectation)
    if refusal is not None:
        return refusal
    try:
        _baselines.exact_mean(expectation.integrand, expectation)
    except NoClosedForm as error:
        return f"the mean is not known: {error.message}"
    return None


ESTIMATOR = Estimator(
    name="mean_baseline",
    approximates="d/dtheta E_{a ~ P_theta}[g_theta(a)]",
    requires="what score_function requires; no better than none where g and s^2 are correlated",
    source="Williams 1992, section 4; Greensmith, Bartlett, Baxter 2004, section 4",
    route="baseline",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
