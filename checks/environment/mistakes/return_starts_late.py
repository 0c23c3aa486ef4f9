"""The reward-to-go off by one: the reward of the action itself is left out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t (G_t - r_t)``."""
    return Recursion(mdp.discount, mdp.discount, credit=reward(mdp), own=reward(mdp, Fraction(-1)))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t (G_t - r_t) log pi(a_t | s_t)``."""
    later = episodes.to_go() - episodes.rewards
    return (episodes.discounts * later * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="return_starts_late",
    of="reward_to_go",
    kind="mdp",
    says="without the reward of the action itself: the sum starts one step late",
    source="a common slip",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
