"""Actor-critic with the exact advantage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, advantage, by_recursion, by_surrogate
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t (Q_t(s_t, a_t) - V_t(s_t))``."""
    return Recursion(mdp.discount, ZERO, credit=advantage(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t A_t(s_t, a_t) log pi(a_t | s_t)``, the critic without a graph."""
    credit = episodes.action_values_here() - episodes.values_here()
    return (episodes.discounts * credit * episodes.log_policy).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="actor_critic",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="the exact values of states and actions",
    source="Sutton and Barto, Reinforcement Learning, 2nd edition (2018), section 13.5",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
