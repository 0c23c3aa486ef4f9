"""The pathwise gradient of the importance-weighted bound: each sample's gradient by its normalised weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentEstimator
from checks.environment.weights import along_paths, log_weights, sampled_paths, why_no_paths

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``sum_k share_k d log w_k``, total derivatives at fixed noise."""
    return along_paths(expectation, lambda weights, k: weights[k], explicit=True)


def estimate(problem: Problem, n: int, generator: Generator) -> Tensor:
    """Differentiate ``sum_k stop_gradient(softmax(log w)_k) log w_k``."""
    theta, a = sampled_paths(problem, n, generator)
    log_w = log_weights(problem, a, theta)
    return problem.gradients((log_w.softmax(-1).detach() * log_w).sum(-1), theta)


ESTIMATOR = EnvironmentEstimator(
    name="iwae",
    kind="latent_model",
    approximates="d/dphi E[log mean_k p(x, a_k)/q_phi(a_k)]",
    requires="an encoder with a transport; the ELBO is the case of one sample",
    source="Burda, Grosse, Salakhutdinov 2016, Importance Weighted Autoencoders, section 3",
    route="pathwise",
    statistic=statistic,
    estimate=estimate,
    refuses=why_no_paths,
)
