"""Reward-to-go less a baseline of the state, here its exact value."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward, state_value
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t (G_t - V_t(s_t))``."""
    return Recursion(mdp.discount, mdp.discount, credit=reward(mdp), own=state_value(mdp, Fraction(-1)))


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
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
