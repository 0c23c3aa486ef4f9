"""The reward-to-go off by one: the reward of the action itself is left out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, rewards, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t (G_t - r_t)``."""
    later = [g - r for g, r in zip(to_go(mdp, path), rewards(mdp, path), strict=True)]
    return discounted(mdp, later)


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
