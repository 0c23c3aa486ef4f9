"""The discount taken twice: rewards discounted to the start, then ``gamma**t`` once more."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted, summed
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, rewards

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t sum_{k >= t} gamma**k r_k``."""
    return discounted(mdp, summed(discounted(mdp, rewards(mdp, path)), Fraction(1)))


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
