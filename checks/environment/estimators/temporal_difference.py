"""Actor-critic with the temporal difference of the exact state values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, residual
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t (r_t + gamma V_{t+1}(s_{t+1}) - V_t(s_t))``."""
    return Recursion(mdp.discount, ZERO, credit=residual(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """The residual in the place of the advantage, of which it is an unbiased sample."""
    residual = episodes.rewards + episodes.gamma * episodes.values_next() - episodes.values_here()
    return (episodes.discounts * residual * episodes.log_policy).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="temporal_difference",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="the exact values of states",
    source="Sutton and Barto, Reinforcement Learning, 2nd edition (2018), section 13.5",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
