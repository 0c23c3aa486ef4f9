"""The discount forgotten altogether."""

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
    """``sum_{k >= t} r_k``."""
    return Recursion(ONE, ONE, credit=reward(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t (sum_{k >= t} r_k) log pi(a_t | s_t)``."""
    return (episodes.to_go(factor=1.0) * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="discount_dropped",
    of="reward_to_go",
    kind="mdp",
    says="of the return without a discount",
    source="a common slip",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
