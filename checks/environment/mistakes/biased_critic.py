"""Actor-critic by temporal differences with a critic that is wrong: a third of the exact values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, residual
from checks.environment.estimator import EnvironmentMistake
from derive.environment.bellman import Values, values
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes

# What the critic believes, as a part of the truth.
PART = Fraction(1, 3)


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t (r_t + gamma W(s_{t+1}) - W(s_t))`` with ``W = V/3``."""
    exact = values(mdp)
    critic = Values(tuple(tuple(PART * v for v in row) for row in exact.state), exact.action)
    return Recursion(mdp.discount, ZERO, credit=residual(mdp, critic))


def surrogate(episodes: Episodes) -> Tensor:
    """The residual of the wrong critic in the place of the advantage."""
    ahead = episodes.gamma * episodes.values_next() - episodes.values_here()
    residual = episodes.rewards + float(PART) * ahead
    return (episodes.discounts * residual * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="biased_critic",
    of="temporal_difference",
    kind="mdp",
    says="with a third of what actions lead to: the critic is not the value of the policy",
    source="Sutton and Barto, Reinforcement Learning, 2nd edition (2018), section 13.5",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
