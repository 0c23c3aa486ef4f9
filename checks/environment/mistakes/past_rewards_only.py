"""Each action credited with the rewards before it, of which it is no cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_surrogate
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import ZERO, Mdp, Row
from derive.environment.paths import Path, rewards, scored

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def statistic(mdp: Mdp, path: Path, knobs: Knobs) -> Row:
    """The score of each action times ``sum_{k < t} gamma**k r_k``."""
    earned = [mdp.discount**t * r for t, r in enumerate(rewards(mdp, path))]
    return scored(mdp, path, [sum(earned[:t], ZERO) for t in range(mdp.horizon)])


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t (sum_{k < t} gamma**k r_k) log pi(a_t | s_t)``."""
    earned = episodes.discounts * episodes.rewards
    return ((earned.cumsum(-1) - earned) * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="past_rewards_only",
    of="reward_to_go",
    kind="mdp",
    says="times zero: rewards of the past are independent of the score",
    source="a cumulative sum in the wrong direction",
    route="policy_gradient",
    statistic=statistic,
    estimate=by_surrogate(surrogate),
)
