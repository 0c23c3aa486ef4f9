"""Only the reward of the action itself: what it leads to is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t r_t``."""
    return Recursion(mdp.discount, ZERO, credit=reward(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t r_t log pi(a_t | s_t)``."""
    return (episodes.discounts * episodes.rewards * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="immediate_reward_only",
    of="reward_to_go",
    kind="mdp",
    says="of a bandit: actions are not credited with what they lead to",
    source="a critic that is zero, at lambda = 0",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
