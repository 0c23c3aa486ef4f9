"""The mean over the steps in the place of the sum."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t G_t / T``."""
    return tuple(w / mdp.horizon for w in discounted(mdp, to_go(mdp, path)))


def surrogate(episodes: Episodes) -> Tensor:
    """``mean_t gamma**t G_t log pi(a_t | s_t)``."""
    return (episodes.discounts * episodes.to_go() * episodes.log_policy).mean(-1)


MISTAKE = EnvironmentMistake(
    name="mean_over_time",
    of="reward_to_go",
    kind="mdp",
    says="divided by the horizon: the mean over time was taken, not the sum",
    source="a common slip",
    route="policy_gradient",
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
