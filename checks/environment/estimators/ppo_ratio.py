"""The ratio of PPO, clipped, at the policy that drew the data: there it is the policy gradient.

At the old policy every ratio is one and no clip is active. Away from it the clip makes a bias, of which
nothing is said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, advantage, by_recursion, by_surrogate
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes

# The usual half-width of the clip.
CLIP = 0.2


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t A_t(s_t, a_t)``: the derivative of the ratio at one is the score."""
    return Recursion(mdp.discount, ZERO, credit=advantage(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t min(rho_t A_t, clip(rho_t) A_t)`` with ``rho_t = pi / pi_old`` at ``pi = pi_old``."""
    import torch

    ratio = torch.exp(episodes.log_policy - episodes.log_policy.detach())
    advantage = episodes.action_values_here() - episodes.values_here()
    clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
    return (episodes.discounts * torch.minimum(ratio * advantage, clipped * advantage)).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="ppo_ratio",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="the data of the very policy that is differentiated",
    source="Schulman et al. 2017, Proximal Policy Optimization, equation 7",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
