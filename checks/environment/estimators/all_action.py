"""The sum over all actions in the visited states: the draw of the action is averaged out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.bellman import values
from derive.environment.mdp import ZERO, Mdp, Row
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``sum_t gamma**t sum_a d pi(a | s_t) Q_t(s_t, a)``: nothing is left of the action that was drawn."""
    known = values(mdp).action

    def summed(t: int, s: int, a: int) -> Row:
        weights = [p * q for p, q in zip(mdp.policy[s], known[t][s], strict=True)]
        scores = [mdp.score(s, b) for b in range(len(weights))]
        return tuple(
            sum((w * x for w, x in zip(weights, column, strict=True)), ZERO) for column in zip(*scores)
        )

    return Recursion(mdp.discount, ZERO, added=summed)


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
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
