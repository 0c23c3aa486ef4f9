"""The score dropped from the importance-weighted bound as from the ELBO: its weights are not squared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentMistake
from checks.environment.estimators.dreg import weighed
from checks.environment.weights import along_paths, why_no_paths

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``sum_k share_k (d log w_k/d a_k) (d a_k/d theta)``."""
    return along_paths(expectation, lambda weights, k: weights[k], explicit=False)


def estimate(problem: Problem, n: int, generator: Generator) -> Tensor:
    """Differentiate ``sum_k stop_gradient(softmax(log w)_k) log w_k``, q's parameters detached."""
    return weighed(problem, n, generator, power=1)


def refuses(expectation: Expectation) -> str | None:
    """One sample, whose weight is 1 and equals its square."""
    return why_no_paths(expectation, least=2)


MISTAKE = EnvironmentMistake(
    name="weights_not_squared",
    of="dreg",
    kind="latent_model",
    says="plus sum_k E[share_k d log q(a_k)]: a score times a weight that depends on its sample was dropped",
    source="Tucker, Lawson, Gu, Maddison 2019, section 3 (on Roeder, Wu, Duvenaud 2017, section 4)",
    route="pathwise",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
