"""The ratio of PPO times a critic that depends on the same parameters, with its graph left in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, action_value, by_recursion, by_surrogate
from checks.environment.estimator import EnvironmentMistake
from derive.environment.bellman import action_slopes
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``sum_t gamma**t (Q_t d log pi + d Q_t)``."""
    slopes = action_slopes(mdp)
    return Recursion(mdp.discount, ZERO, credit=action_value(mdp), added=lambda t, s, a: slopes[t][s][a])


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t (pi / pi_old) Q_t(s_t, a_t)`` with ``Q`` computed from the policy, and its graph."""
    import torch

    rows, times = torch.arange(len(episodes.states))[:, None], torch.arange(episodes.horizon)
    critic = _action_values(episodes)[rows, times, episodes.states, episodes.actions]
    ratio = torch.exp(episodes.log_policy - episodes.log_policy.detach())
    return (episodes.discounts * ratio * critic).sum(-1)


def _action_values(episodes: Episodes) -> Tensor:
    """``Q_t(s, a)`` of each episode's own parameters, ``[n, T, S, A]``, with the graph."""
    import torch

    tables, policy = episodes.process, episodes.table.exp()
    state = torch.zeros_like(policy[:, :, 0])
    found: list[Tensor] = []
    for _ in range(episodes.horizon):
        action = tables.rewards + episodes.gamma * torch.einsum("sam,nm->nsa", tables.transitions, state)
        state = (policy * action).sum(-1)
        found.insert(0, action)
    return torch.stack(found, dim=1)


MISTAKE = EnvironmentMistake(
    name="critic_not_detached",
    of="ppo_ratio",
    kind="mdp",
    says="plus E[sum_t gamma**t d Q_t(s_t, a_t)]: the critic was not detached",
    source="a missing detach; Schulman et al. 2017 hold the advantage constant",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
