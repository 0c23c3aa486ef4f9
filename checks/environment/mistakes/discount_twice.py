"""The discount taken twice: rewards discounted to the start, then ``gamma**t`` once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t sum_{k >= t} gamma**k r_k``."""
    return Recursion(mdp.discount**2, mdp.discount, credit=reward(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t (sum_{k >= t} gamma**k r_k) log pi(a_t | s_t)``."""
    later = episodes.to_go(episodes.discounts * episodes.rewards, 1.0)
    return (episodes.discounts * later * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="discount_twice",
    of="reward_to_go",
    kind="mdp",
    says="with gamma**t twice: rewards were already discounted to the start",
    source="a common slip",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
