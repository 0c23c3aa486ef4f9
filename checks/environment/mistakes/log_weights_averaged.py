"""The mean of the log-weights in place of the logarithm of their mean: the ELBO, however many samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentMistake
from checks.environment.weights import along_paths, log_weights, sampled_paths, why_no_paths

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``1/K sum_k d log w_k``."""
    from sympy import Rational

    return along_paths(expectation, lambda weights, _: Rational(1, len(weights)), explicit=True)


def estimate(problem: Problem, n: int, generator: Generator) -> Tensor:
    """Differentiate ``mean_k log w_k``."""
    theta, a = sampled_paths(problem, n, generator)
    return problem.gradients(log_weights(problem, a, theta).mean(-1), theta)


def refuses(expectation: Expectation) -> str | None:
    """One sample, of which both are the same."""
    return why_no_paths(expectation, least=2)


MISTAKE = EnvironmentMistake(
    name="log_weights_averaged",
    of="iwae",
    kind="latent_model",
    says="of the ELBO: log w was averaged over the samples, and not w",
    source="AntixK/PyTorch-VAE issue 34 (weights of the importance-weighted bound)",
    route="pathwise",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
