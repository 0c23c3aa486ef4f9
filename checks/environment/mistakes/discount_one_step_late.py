"""``gamma**(t+1)`` in the place of ``gamma**t``: the whole gradient is scaled."""

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
    """``gamma**(t+1) G_t``."""
    return tuple(mdp.discount * w for w in discounted(mdp, to_go(mdp, path)))


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
