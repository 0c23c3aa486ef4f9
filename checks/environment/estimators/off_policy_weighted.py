"""Off-policy reward-to-go: each reward weighed by how much likelier the policy makes what led to it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from checks.environment.credit import Knobs, by_surrogate
from checks.environment.estimator import EnvironmentEstimator
from derive.environment.mdp import ZERO, Mdp, Row
from derive.environment.paths import Path, rewards, scored

if TYPE_CHECKING:
    from torch import Tensor

    from checks.environment.episodes import Episodes


def statistic(mdp: Mdp, path: Path, knobs: Knobs) -> Row:
    """The scores weighed by ``sum_{k >= t} gamma**k (prod_{j <= k} pi / b) r_k``."""
    behaviour, ratio, earned = mdp.drawn.policy, Fraction(1), []
    for t, (s, a, r) in enumerate(zip(path.states, path.actions, rewards(mdp, path), strict=True)):
        ratio *= mdp.policy[s][a] / behaviour[s][a]
        earned.append(mdp.discount**t * ratio * r)
    return scored(mdp, path, [sum(earned[t:], ZERO) for t in range(mdp.horizon)])


def surrogate(episodes: Episodes) -> Tensor:
    """The same, with the ratios held fixed."""
    ratio = (episodes.log_policy.detach() - episodes.log_drawn).cumsum(-1).exp()
    later = episodes.to_go(episodes.discounts * ratio * episodes.rewards, 1.0)
    return (later * episodes.log_policy).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="off_policy_weighted",
    kind="mdp",
    approximates="d/dtheta E[return]",
    requires="a behaviour that takes every action of the policy, with known probabilities",
    source="Precup, Sutton, Singh 2000, Eligibility Traces for Off-Policy Policy Evaluation, per decision",
    route="policy_gradient",
    statistic=statistic,
    estimate=by_surrogate(surrogate, off_policy=True),
    off_policy=True,
)
