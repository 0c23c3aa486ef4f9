"""The policy-gradient surrogate ``G_t log pi`` differentiated twice: the returns were held fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentMistake
from checks.higher_order.environment.credit import by_surrogate, summed
from derive.environment.hessian import curvature
from derive.environment.paths import to_go

if TYPE_CHECKING:
    from fractions import Fraction

    from torch import Tensor

    from checks.environment.episodes import Episodes
    from derive.environment.hessian import Matrix
    from derive.environment.mdp import Mdp
    from derive.environment.paths import Path


def parts(mdp: Mdp, path: Path) -> list[tuple[Fraction, Matrix]]:
    """``gamma**t G_t d s_t/d theta``: no product of scores is left."""
    returns = to_go(mdp, path)
    steps = enumerate(path.states)
    return [(mdp.discount**t * returns[t], curvature(mdp, s)) for t, s in steps]


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_t gamma**t G_t log pi(a_t | s_t)``."""
    return (episodes.discounts * episodes.to_go() * episodes.log_policy).sum(-1)


MISTAKE = EnvironmentMistake(
    name="reward_to_go_twice",
    of="dice_causal",
    kind="mdp",
    says="without every product of scores: the surrogate of the policy gradient was differentiated twice",
    source="the surrogate losses of Foerster et al. 2018, section 3",
    route="score_function_twice",
    statistic=summed(parts),
    estimate=by_surrogate(surrogate),
)
