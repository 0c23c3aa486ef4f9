"""The ratio of PPO with the gradient cut on the wrong side."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, advantage, by_recursion, by_surrogate
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """The negated weights: the denominator is differentiated."""
    return Recursion(mdp.discount, ZERO, credit=advantage(mdp, Fraction(-1)))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t A_t pi / pi_old`` with the graph of ``pi_old`` in the place of that of ``pi``."""
    import torch

    ratio = torch.exp(episodes.log_policy.detach() - episodes.log_policy)
    advantage = episodes.action_values_here() - episodes.values_here()
    return (episodes.discounts * ratio * advantage).sum(-1)


MISTAKE = EnvironmentMistake(
    name="ppo_numerator_detached",
    of="ppo_ratio",
    kind="mdp",
    says="negated: the numerator of the ratio was detached, and the denominator was not",
    source="a detach in the wrong place",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
