"""The probability of the action in the place of its logarithm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t G_t pi(a_t | s_t)``: the derivative of pi is pi times the score."""
    return Recursion(mdp.discount, mdp.discount, credit=reward(mdp), tilted=True)


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
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
