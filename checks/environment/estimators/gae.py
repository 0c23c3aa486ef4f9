"""Generalised advantage estimation with the exact state values: unbiased for every lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, residual
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """The scores weighed by ``gamma**t sum_l (gamma lambda)**l delta_{t+l}``."""
    return Recursion(mdp.discount, mdp.discount * knobs["lambda"], credit=residual(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t A_t log pi(a_t | s_t)`` with the exponentially weighted residuals as advantage."""
    residual = episodes.rewards + episodes.gamma * episodes.values_next() - episodes.values_here()
    credit = episodes.to_go(residual, episodes.gamma * episodes.knobs["lambda"])
    return (episodes.discounts * credit * episodes.log_policy).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="gae",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="the exact values of states",
    source="Schulman et al. 2016, High-Dimensional Continuous Control Using GAE, equation 16",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
    knobs=(("lambda", "1/2"),),
)
