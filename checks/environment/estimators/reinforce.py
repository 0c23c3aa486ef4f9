"""REINFORCE: the score of the whole episode times its return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_surrogate
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp, Row
from derive.environment.paths import Path, scored, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def statistic(mdp: Mdp, path: Path, knobs: Knobs) -> Row:
    """The whole return ``G_0`` times every score."""
    return scored(mdp, path, (to_go(mdp, path)[0],) * mdp.horizon)


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
    statistic=statistic,
    estimate=by_surrogate(surrogate),
)
