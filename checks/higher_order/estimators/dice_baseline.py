"""DiCE with a baseline: ``box * g + (1 - box) * E[g]``, whose second term is zero, as are its mean slopes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.estimator import Estimator
from checks.estimators import score_function
from checks.higher_order import scores
from checks.higher_order.estimators import dice

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g - E[g]) (s_i s_j + d s_i/d theta_j)`` in place of ``g (...)``, with E[g] as a number."""
    from checks.estimators._baselines import exact_mean
    from checks.higher_order.parts import Parts, on_samples

    mean, p = exact_mean(expectation.integrand, expectation), Parts(expectation)
    centred = Parts(replace(expectation, integrand=expectation.integrand - mean))
    made = on_samples(
        expectation,
        lambda i, j: centred.squared(i, j) + centred.curvature(i, j) + p.mixed(i, j) + p.explicit(i, j),
    )
    return replace(made, constants=(("mean", mean),))


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate ``box * g + (1 - box) * E[g]`` twice."""
    from checks.higher_order.autograd import hessians

    theta = problem.leaves(n)
    a = problem.sample(n, generator)
    box = dice.magic_box(problem, a, theta)
    surrogate = box * problem.f(a, theta) + (1.0 - box) * problem.constants["mean"]
    return hessians(problem, surrogate, theta)


def refuses(expectation: Expectation) -> str | None:
    """A support that moves with a parameter."""
    return score_function.refuses(expectation)


ESTIMATOR = Estimator(
    name="dice_baseline",
    approximates="d2/dtheta_i dtheta_j E_{a ~ P_theta}[g_theta(a)]",
    requires="what dice requires; no better than without where g and (s s^T + ds)^2 are correlated",
    source="Foerster et al. 2018, section 4; Mao, Foerster, Rocktaeschel et al. 2019",
    route="score_function_twice",
    unbiased=True,
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
    accuracy=scores.accuracy,
)
