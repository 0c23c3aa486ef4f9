"""Actor-critic with the temporal difference of the exact state values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted, residuals
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp
from derive.environment.paths import Path

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t (r_t + gamma V_{t+1}(s_{t+1}) - V_t(s_t))``."""
    return discounted(mdp, residuals(mdp, path))


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
