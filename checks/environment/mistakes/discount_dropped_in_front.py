"""The discounts before the action forgotten: ``G_t`` without ``gamma**t``.

What most implementations do; they ascend no gradient of the discounted return (nor of any other function:
Nota and Thomas 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import ONE, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``G_t``."""
    return Recursion(ONE, mdp.discount, credit=reward(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t G_t log pi(a_t | s_t)``."""
    return (episodes.to_go() * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="discount_dropped_in_front",
    of="reward_to_go",
    kind="mdp",
    says="without gamma**t in front of the reward-to-go: later steps count too much",
    source="Nota and Thomas 2020, Is the Policy Gradient a Gradient?, section 3",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
