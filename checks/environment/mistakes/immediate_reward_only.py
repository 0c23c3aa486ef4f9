"""Only the reward of the action itself: what it leads to is left out."""

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
    """``gamma**t r_t``."""
    return discounted(mdp, rewards(mdp, path))


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
