"""DiCE with the values of states as a baseline in both orders: each action's share of the box is centred.

``box(a_0..a_{t-1}) - box(a_0..a_t)`` is zero, and so are the means of its derivatives given what came before
the action; times ``V_t(s_t)`` it takes the mean from what the action is credited with, in both orders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentEstimator
from checks.higher_order.environment.credit import by_surrogate, magic_box, summed
from checks.higher_order.environment.estimators import dice_causal
from derive.environment.bellman import values
from derive.environment.hessian import weighed

if TYPE_CHECKING:
    from fractions import Fraction

    from torch import Tensor

    from checks.environment.episodes import Episodes
    from derive.environment.hessian import Matrix
    from derive.environment.mdp import Mdp
    from derive.environment.paths import Path


def parts(mdp: Mdp, path: Path) -> list[tuple[Fraction, Matrix]]:
    """Those of ``dice_causal``, and ``gamma**t V_t(s_t)`` times the earlier actions' matrix less ours."""
    state = values(mdp).state
    found = dice_causal.parts(mdp, path)
    for t, s in enumerate(path.states):
        baseline = mdp.discount**t * state[t][s]
        found.append((-baseline, weighed(mdp, path.states[: t + 1], path.actions[: t + 1])))
        if t:
            found.append((baseline, weighed(mdp, path.states[:t], path.actions[:t])))
    return found


def surrogate(episodes: Episodes) -> Tensor:
    """That of ``dice_causal``, and ``sum_t gamma**t V_t(s_t) (box(a_0..a_{t-1}) - box(a_0..a_t))``."""
    causes = episodes.log_policy.cumsum(-1)
    earlier = magic_box(causes - episodes.log_policy)
    centred = episodes.values_here() * (earlier - magic_box(causes))
    return dice_causal.surrogate(episodes) + (episodes.discounts * centred).sum(-1)


ESTIMATOR = EnvironmentEstimator(
    name="dice_state_baseline",
    kind="mdp",
    approximates="d2/dtheta_i dtheta_j E[return]",
    requires="that actions do not change rewards of the past; a baseline of the state alone, here its value",
    source="Mao, Foerster, Rocktaeschel, Al-Shedivat, Farquhar, Whiteson 2019",
    route="score_function_twice",
    statistic=summed(parts),
    estimate=by_surrogate(surrogate),
)
