"""The discount forgotten altogether."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, summed
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, rewards

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``sum_{k >= t} r_k``."""
    return summed(rewards(mdp, path), Fraction(1))


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
