"""Actor-critic with the exact action value in the place of the return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, action_value, by_recursion, by_surrogate
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t Q_t(s_t, a_t)``."""
    return Recursion(mdp.discount, ZERO, credit=action_value(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t Q_t(s_t, a_t) log pi(a_t | s_t)``, the critic without a graph."""
    return (episodes.discounts * episodes.action_values_here() * episodes.log_policy).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="actor_critic_q",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="the exact action values",
    source="Sutton et al. 2000, Policy Gradient Methods, theorem 1",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
