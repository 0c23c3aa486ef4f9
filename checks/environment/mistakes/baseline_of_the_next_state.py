"""The value of the state after the action as its baseline."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentMistake
from derive.environment.bellman import values
from derive.environment.mdp import ZERO, Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t (G_t - gamma V_{t+1}(s_{t+1}))``."""
    known = values(mdp).state

    def next_value(t: int, s: int, a: int, n: int | None) -> Fraction:
        return ZERO if n is None else -mdp.discount * known[t + 1][n]

    return Recursion(mdp.discount, mdp.discount, credit=reward(mdp), own=next_value)


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t (G_t - gamma V_{t+1}(s_{t+1})) log pi(a_t | s_t)``."""
    credit = episodes.to_go() - episodes.gamma * episodes.values_next()
    return (episodes.discounts * credit * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="baseline_of_the_next_state",
    of="state_baseline",
    kind="mdp",
    says="of a bandit: the baseline V(s') of the next state depends on the action",
    source="an index off by one",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
