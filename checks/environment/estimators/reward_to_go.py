"""Reward-to-go: each action is credited with the rewards that follow it, discounted to the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t G_t``."""
    return Recursion(mdp.discount, mdp.discount, credit=reward(mdp))


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
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
