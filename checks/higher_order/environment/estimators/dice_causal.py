"""DiCE: each reward in the box of the actions that caused it, those up to its own step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentEstimator
from checks.higher_order.environment.credit import by_surrogate, magic_box, summed
from derive.environment.hessian import weighed

if TYPE_CHECKING:
    from fractions import Fraction

    from torch import Tensor

    from checks.environment.episodes import Episodes
    from derive.environment.hessian import Matrix
    from derive.environment.mdp import Mdp
    from derive.environment.paths import Path


def parts(mdp: Mdp, path: Path) -> list[tuple[Fraction, Matrix]]:
    """``gamma**k r_k (S_k S_k^T + dS_k/d theta)`` with ``S_k`` the scores of the actions up to step k."""
    steps = range(len(path.actions))
    gains = [mdp.discount**k * mdp.rewards[path.states[k]][path.actions[k]] for k in steps]
    return [(gains[k], weighed(mdp, path.states[: k + 1], path.actions[: k + 1])) for k in steps]


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_k gamma**k box(sum_{t <= k} log pi(a_t | s_t)) r_k``."""
    causes = episodes.log_policy.cumsum(-1)
    return (episodes.discounts * magic_box(causes) * episodes.rewards).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="dice_causal",
    kind="mdp",
    approximates="d2/dtheta_i dtheta_j E[return]",
    requires="that actions do not change rewards of the past",
    source="Foerster et al. 2018, section 4",
    route="score_function_twice",
    statistic=summed(parts),
    estimate=by_surrogate(surrogate),
)
