"""The value of the state after the action as its baseline."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import by_surrogate, by_weights, discounted, state_values
from checks.environment.estimator import EnvironmentMistake
from derive.environment.mdp import Mdp
from derive.environment.paths import Path, to_go

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def weights(mdp: Mdp, path: Path) -> tuple[Fraction, ...]:
    """``gamma**t (G_t - gamma V_{t+1}(s_{t+1}))``."""
    after = (*state_values(mdp, path)[1:], Fraction(0))
    credit = [g - mdp.discount * v for g, v in zip(to_go(mdp, path), after, strict=True)]
    return discounted(mdp, credit)


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
    statistic=by_weights(weights),
    estimate=by_surrogate(surrogate),
)
