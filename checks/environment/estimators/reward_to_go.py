"""Reward-to-go: each action is credited with the rewards that follow it, discounted to the start."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t G_t``."""
    return discounted(mdp, to_go(mdp, path))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t G_t log pi(a_t | s_t)``."""
    return (episodes.discounts * episodes.to_go() * episodes.log_policy).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="reward_to_go",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="that actions do not change rewards of the past",
    source="Sutton and Barto, Reinforcement Learning, 2nd edition (2018), section 13.3",
    route="policy_gradient",
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
