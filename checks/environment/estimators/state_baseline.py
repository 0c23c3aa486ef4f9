"""Reward-to-go less a baseline of the state, here its exact value."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted, state_values
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t (G_t - V_t(s_t))``."""
    return discounted(mdp, [g - v for g, v in zip(to_go(mdp, path), state_values(mdp, path), strict=True)])


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t (G_t - V_t(s_t)) log pi(a_t | s_t)``."""
    credit = episodes.to_go() - episodes.values_here()
    return (episodes.discounts * credit * episodes.log_policy).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="state_baseline",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="a baseline that does not depend on the action",
    source="Sutton and Barto, Reinforcement Learning, 2nd edition (2018), section 13.4",
    route="advantage",
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
