"""Data of another policy taken for those of one's own: no importance weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_surrogate
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp, Row
from derive.environment.paths import Path, scored, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def statistic(mdp: Mdp, path: Path, knobs: Knobs) -> Row:
    """Reward-to-go, on paths that the behaviour draws."""
    return scored(mdp, path, [mdp.discount**t * g for t, g in enumerate(to_go(mdp, path))])


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t G_t log pi(a_t | s_t)``."""
    return (episodes.discounts * episodes.to_go() * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="off_policy_unweighted",
    of="off_policy_weighted",
    kind="mdp",
    says="without importance weights: the data were drawn by another policy",
    source="Degris, White, Sutton 2012, Off-Policy Actor-Critic",
    route="policy_gradient",
    statistic=statistic,
    estimate=by_surrogate(surrogate, off_policy=True),
    off_policy=True,
)
