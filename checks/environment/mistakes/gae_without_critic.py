"""Generalised advantage estimation with a critic that is wrong, here zero: unbiased at lambda = 1 only."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, discounted, summed
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, rewards, scored

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def statistic(mdp: Mdp, path: Path, knobs: Mapping[str, Fraction]) -> tuple[Fraction, ...]:
    """The scores weighed by ``gamma**t sum_l (gamma lambda)**l r_{t+l}``: rewards discounted too much."""
    traced = summed(rewards(mdp, path), mdp.discount * knobs["lambda"])
    return scored(mdp, path, discounted(mdp, traced))


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
    statistic=statistic,
    estimate=by_surrogate(surrogate),
    knobs=(("lambda", "1/2"),),
)
