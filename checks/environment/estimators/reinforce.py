"""REINFORCE: the score of the whole episode times its return."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """The whole return ``G_0`` at every step."""
    return (to_go(mdp, path)[0],) * mdp.horizon


def surrogate(episodes: Episodes) -> Tensor:
    """``G_0 sum_t log pi(a_t | s_t)``."""
    return episodes.to_go()[:, 0] * episodes.log_policy.sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="reinforce",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="a policy whose probabilities are positive",
    source="Williams 1992, Machine Learning 8, section 5",
    route="score_of_trajectory",
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
