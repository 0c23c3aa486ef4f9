"""The whole return weighs the scores of all actions, twice: REINFORCE for second derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentEstimator
from checks.higher_order.environment.credit import by_surrogate, magic_box, summed
from derive.environment.hessian import discounted, weighed

if TYPE_CHECKING:
    from fractions import Fraction

    from torch import Tensor

    from checks.environment.episodes import Episodes
    from derive.environment.hessian import Matrix
    from derive.environment.mdp import Mdp
    from derive.environment.paths import Path


def parts(mdp: Mdp, path: Path) -> list[tuple[Fraction, Matrix]]:
    """``R (S S^T + dS/d theta)`` with ``S`` the sum of the scores of all actions."""
    return [(discounted(mdp, path), weighed(mdp, path.states, path.actions))]


def surrogate(episodes: Episodes) -> Tensor:
    """``box(sum_t log pi(a_t | s_t)) R``."""
    gained = (episodes.discounts * episodes.rewards).sum(-1)
    return magic_box(episodes.log_policy.sum(-1)) * gained


ESTIMATOR = EnvironmentEstimator(
    name="hessian_reinforce",
    kind="mdp",
    approximates="d2/dtheta_i dtheta_j E[return]",
    requires="a policy that is twice differentiable in its parameters; nothing of the dynamics",
    source="Furmston, Lever, Barber 2016, Approximate Newton methods for policy search",
    route="score_function_twice",
    statistic=summed(parts),
    estimate=by_surrogate(surrogate),
)
