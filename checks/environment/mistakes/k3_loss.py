"""KL by q/p - 1 - log(q/p): as a loss it has the gradient of the divergence the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.divergence import by_loss, differentiated, refuses
from checks.environment.estimator import EnvironmentMistake

if TYPE_CHECKING:
    from torch import Tensor

    from checks.estimator import Statistic
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(1 - q/p) d log p``, whose mean is the gradient of ``KL(Q || P_theta)``."""
    from sympy import exp

    return differentiated(expectation, lambda g: 1 - exp(-g))


def loss(g: Tensor) -> Tensor:
    """The estimate itself, from ``g = log p(a) - log q(a)``."""
    return (-g).exp() - 1 + g


MISTAKE = EnvironmentMistake(
    name="k3_loss",
    kind="law",
    of="k2_loss",
    says="of KL(Q || P): the arguments of the divergence have changed places",
    source="Schulman 2020, Approximating KL Divergence",
    route="score_function",
    statistic=statistic,
    estimate=by_loss(loss),
    refuses=refuses,
)
