"""Each action credited with the rewards before it, of which it is no cause."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, rewards

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``sum_{k < t} gamma**k r_k``."""
    past, found = Fraction(0), []
    for r in discounted(mdp, rewards(mdp, path)):
        found.append(past)
        past += r
    return tuple(found)


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
