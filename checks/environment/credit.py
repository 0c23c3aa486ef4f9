"""How estimators of a policy gradient are written: an exact recursion, and a surrogate in Torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derive.environment.bellman import Values, values
from derive.environment.mdp import ZERO, Mdp, Row
from derive.environment.paths import Path
from derive.environment.recursion import Recursion, Step, along

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.environment.episodes import Episodes

Knobs = Mapping[str, Fraction]


def by_recursion(made: Callable[[Mdp, Knobs], Recursion]) -> Callable[[Mdp, Path, Knobs], Row]:
    """The statistic of one path that a recursion gives."""

    def statistic(mdp: Mdp, path: Path, knobs: Knobs) -> Row:
        return along(mdp, path, made(mdp, knobs))

    return statistic


def by_surrogate(
    surrogate: Callable[[Episodes], Tensor], off_policy: bool = False
) -> Callable[[Any, int, Generator], Tensor]:
    """The estimator that differentiates a surrogate ``[n]``, one value for each episode.

    Episodes are drawn by the behaviour for ``off_policy``.
    """

    def estimate(problem: Any, n: int, generator: Generator) -> Tensor:
        episodes = problem.episodes(n, generator, off_policy)
        gradients: Tensor = problem.gradients(episodes, surrogate(episodes))
        return gradients

    return estimate


def reward(mdp: Mdp, times: Fraction = Fraction(1)) -> Step:
    """``r_t``, or a multiple of it."""
    return lambda t, s, a, n: times * mdp.rewards[s][a]


def state_value(mdp: Mdp, times: Fraction = Fraction(1)) -> Step:
    """A multiple of the exact ``V_t(s_t)``."""
    known = values(mdp).state
    return lambda t, s, a, n: times * known[t][s]


def action_value(mdp: Mdp, times: Fraction = Fraction(1)) -> Step:
    """A multiple of the exact ``Q_t(s_t, a_t)``."""
    known = values(mdp).action
    return lambda t, s, a, n: times * known[t][s][a]


def advantage(mdp: Mdp, times: Fraction = Fraction(1)) -> Step:
    """A multiple of the exact ``Q_t(s_t, a_t) - V_t(s_t)``."""
    known = values(mdp)
    return lambda t, s, a, n: times * (known.action[t][s][a] - known.state[t][s])


def residual(mdp: Mdp, critic: Values | None = None) -> Step:
    """``r_t + discount V_{t+1}(s_{t+1}) - V_t(s_t)``, with the exact values or those of a critic."""
    state = (critic or values(mdp)).state

    def step(t: int, s: int, a: int, n: int | None) -> Fraction:
        after = ZERO if n is None else state[t + 1][n]
        return mdp.rewards[s][a] + mdp.discount * after - state[t][s]

    return step
