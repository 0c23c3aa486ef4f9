"""Each reward in the box of its own action alone: the actions before it led there too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.estimator import EnvironmentMistake
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
    """``gamma**k r_k (s_k s_k^T + d s_k/d theta)``."""
    steps = range(len(path.actions))
    gains = [mdp.discount**k * mdp.rewards[path.states[k]][path.actions[k]] for k in steps]
    return [(gains[k], weighed(mdp, path.states[k : k + 1], path.actions[k : k + 1])) for k in steps]


def surrogate(episodes: Episodes) -> Tensor:
    """``sum_k gamma**k box(log pi(a_k | s_k)) r_k``."""
    return (episodes.discounts * magic_box(episodes.log_policy) * episodes.rewards).sum(-1)


MISTAKE = EnvironmentMistake(
    name="dice_of_the_last_action",
    of="dice_causal",
    kind="mdp",
    says="with the actions before each reward left out of its box: they led to it too",
    source="the causal nodes of Foerster et al. 2018, section 4, all but the last left out",
    route="score_function_twice",
    statistic=summed(parts),
    estimate=by_surrogate(surrogate),
)
