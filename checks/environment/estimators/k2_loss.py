"""KL by half the squared log ratio: as a loss it has the very gradient of the divergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.divergence import by_loss, differentiated, refuses
from checks.environment.estimator import EnvironmentEstimator

if TYPE_CHECKING:
    from torch import Tensor

    from checks.estimator import Statistic
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``g d log p``, the score-function estimator of the divergence."""
    return differentiated(expectation, lambda g: g)


def loss(g: Tensor) -> Tensor:
    """The estimate itself, from ``g = log p(a) - log q(a)``."""
    return g.square() / 2


ESTIMATOR = EnvironmentEstimator(
    name="k2_loss",
    kind="law",
    approximates="d/dtheta KL(P_theta || Q)",
    requires="an integrand log p(a) - log q(a)",
    source="Schulman 2020, Approximating KL Divergence",
    route="score_function",
    statistic=statistic,
    estimate=by_loss(loss),
    refuses=refuses,
)
