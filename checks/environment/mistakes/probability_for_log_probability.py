"""The probability of the action in the place of its logarithm."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t G_t pi(a_t | s_t)``: the derivative of pi is pi times the score."""
    chosen = [mdp.policy[s][a] for s, a in zip(path.states, path.actions, strict=True)]
    return tuple(p * w for p, w in zip(chosen, discounted(mdp, to_go(mdp, path)), strict=True))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t G_t pi(a_t | s_t)``."""
    return (episodes.discounts * episodes.to_go() * episodes.log_policy.exp()).sum(-1)


MISTAKE = EnvironmentMistake(
    name="probability_for_log_probability",
    of="reward_to_go",
    kind="mdp",
    says="with the probability in the place of its logarithm",
    source="a common slip",
    route="policy_gradient",
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
