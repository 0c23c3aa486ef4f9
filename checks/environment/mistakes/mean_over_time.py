"""The mean over the steps in the place of the sum."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t G_t / T``."""
    return Recursion(mdp.discount, mdp.discount, credit=reward(mdp, Fraction(1, mdp.horizon)))


def surrogate(episodes: Episodes) -> Tensor:
    """``mean_t gamma**t G_t log pi(a_t | s_t)``."""
    return (episodes.discounts * episodes.to_go() * episodes.log_policy).mean(-1)


MISTAKE = EnvironmentMistake(
    name="mean_over_time",
    of="reward_to_go",
    kind="mdp",
    says="divided by the horizon: the mean over time was taken, not the sum",
    source="a common slip",
    route="policy_gradient",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
