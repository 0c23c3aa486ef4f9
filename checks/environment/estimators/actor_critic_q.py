"""Actor-critic with the exact action value in the place of the return."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import action_values, by_surrogate, by_weights, discounted
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp
from derive.environment.paths import Path

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t Q_t(s_t, a_t)``."""
    return discounted(mdp, action_values(mdp, path))


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
