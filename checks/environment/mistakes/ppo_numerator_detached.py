"""The ratio of PPO with the gradient cut on the wrong side."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import advantages, by_surrogate, by_weights, discounted
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """The negated weights: the denominator is differentiated."""
    return tuple(-w for w in discounted(mdp, advantages(mdp, path)))


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
