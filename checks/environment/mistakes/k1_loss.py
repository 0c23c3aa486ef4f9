"""KL by the log ratio itself: as a loss its gradient has mean zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.divergence import by_loss, differentiated, refuses
from checks.environment.estimator import EnvironmentMistake

if TYPE_CHECKING:
    from torch import Tensor

    from checks.estimator import Statistic
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``d log p``, the score, whose mean is zero."""
    return differentiated(expectation, lambda _: 1)


def loss(g: Tensor) -> Tensor:
    """The estimate itself, from ``g = log p(a) - log q(a)``."""
    return g


MISTAKE = EnvironmentMistake(
    name="k1_loss",
    kind="law",
    of="k2_loss",
    says="of a constant: the log ratio as a loss is a score, and pulls nowhere on average",
    source="Schulman 2020, Approximating KL Divergence",
    route="score_function",
    statistic=statistic,
    estimate=by_loss(loss),
    refuses=refuses,
)
