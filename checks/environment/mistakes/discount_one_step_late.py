"""``gamma**(t+1)`` in the place of ``gamma**t``: the whole gradient is scaled."""

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
    """``gamma**(t+1) G_t``."""
    return Recursion(mdp.discount, mdp.discount, credit=reward(mdp, mdp.discount))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**(t+1) G_t log pi(a_t | s_t)``."""
    return episodes.gamma * (episodes.discounts * episodes.to_go() * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="discount_one_step_late",
    of="reward_to_go",
    kind="mdp",
    says="times gamma: time was counted from one",
    source="a common slip",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
