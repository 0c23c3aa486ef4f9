"""Generalised advantage estimation with a critic that is wrong, here zero: unbiased at lambda = 1 only."""

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
    """The scores weighed by ``gamma**t sum_l (gamma lambda)**l r_{t+l}``: rewards discounted too much."""
    return Recursion(mdp.discount, mdp.discount * knobs["lambda"], credit=reward(mdp))


def surrogate(episodes: Episodes) -> Tensor:
    """As ``gae`` with every value of the critic zero."""
    credit = episodes.to_go(episodes.rewards, episodes.gamma * episodes.knobs["lambda"])
    return (episodes.discounts * credit * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="gae_without_critic",
    of="gae",
    kind="mdp",
    says="of rewards discounted by gamma lambda: the critic is not the value of the policy",
    source="Schulman et al. 2016, section 3: biased unless V is exact or lambda is 1",
    route="advantage",
    statistic=by_recursion(recursion),
    recursion=recursion,
    estimate=by_surrogate(surrogate),
    knobs=(("lambda", "1/2"),),
)
