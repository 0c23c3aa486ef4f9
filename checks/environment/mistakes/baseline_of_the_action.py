"""A baseline that depends on the action, ``Q_t(s_t, a_t)``, without a correction."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, action_value, by_recursion, by_surrogate, reward
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.recursion import Recursion

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def recursion(mdp: Mdp, knobs: Knobs) -> Recursion:
    """``gamma**t (G_t - Q_t(s_t, a_t))``."""
    return Recursion(mdp.discount, mdp.discount, credit=reward(mdp), own=action_value(mdp, Fraction(-1)))


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t (G_t - Q_t(s_t, a_t)) log pi(a_t | s_t)``."""
    credit = episodes.to_go() - episodes.action_values_here()
    return (episodes.discounts * credit * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="baseline_of_the_action",
    of="state_baseline",
    kind="mdp",
    says="times zero: the baseline Q(s, a) takes away what the action is worth",
    source="Tucker et al. 2018, The Mirage of Action-Dependent Baselines",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
)
