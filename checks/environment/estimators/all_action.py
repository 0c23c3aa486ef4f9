"""The sum over all actions in the visited states: the draw of the action is averaged out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.bellman import values
from derive.environment.mdp import ZERO, Mdp
from derive.environment.paths import Path

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def statistic(mdp: Mdp, path: Path, knobs: Mapping[str, Fraction]) -> tuple[Fraction, ...]:
    """``sum_t gamma**t sum_a d pi(a | s_t) Q_t(s_t, a)``."""
    known, total = values(mdp), [ZERO] * len(mdp.indices)
    for t, s in enumerate(path.states):
        for a, p in enumerate(mdp.policy[s]):
            weight = mdp.discount**t * p * known.action[t][s][a]
            total = [x + weight * y for x, y in zip(total, mdp.score(s, a), strict=True)]
    return tuple(total)


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t sum_a pi(a | s_t) Q_t(s_t, a)``, the critic without a graph."""
    import torch

    rows = torch.arange(len(episodes.states))[:, None]
    policy = episodes.table[rows, episodes.states].exp()
    known = episodes.action_values[torch.arange(episodes.horizon), episodes.states]
    return (episodes.discounts[:, None] * policy * known).sum((-1, -2))


ESTIMATOR = EnvironmentEstimator(
    name="all_action",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="the exact action values",
    source="Sutton et al. 2001, Comparing Policy-Gradient Algorithms; Asadi et al. 2017, Mean Actor-Critic",
    route="policy_gradient",
    statistic=statistic,
    estimate=by_surrogate(surrogate),
)
