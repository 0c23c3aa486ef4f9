"""How estimators of a policy gradient are written: exact weights of the scores, and a surrogate in Torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derive.environment.bellman import Values, values
from derive.environment.mdp import ZERO, Mdp, Row
from derive.environment.paths import Path, rewards, scored

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.environment.episodes import Episodes

Weights = Callable[[Mdp, Path], Sequence[Fraction]]


def by_weights(weights: Weights) -> Callable[[Mdp, Path, Mapping[str, Fraction]], Row]:
    """The statistic ``sum_t w_t d log pi(a_t | s_t)`` with the weights of one path."""

    def statistic(mdp: Mdp, path: Path, knobs: Mapping[str, Fraction]) -> Row:
        return scored(mdp, path, weights(mdp, path))

    return statistic


def by_surrogate(surrogate: Callable[[Episodes], Tensor]) -> Callable[[Any, int, Generator], Tensor]:
    """The estimator that differentiates a surrogate ``[n]``, one value for each episode."""

    def estimate(problem: Any, n: int, generator: Generator) -> Tensor:
        episodes = problem.episodes(n, generator)
        gradients: Tensor = problem.gradients(episodes, surrogate(episodes))
        return gradients

    return estimate


def discounted(mdp: Mdp, weights: Sequence[Fraction]) -> Row:
    """``discount**t w_t``."""
    return tuple(mdp.discount**t * w for t, w in enumerate(weights))


def summed(x: Sequence[Fraction], factor: Fraction) -> Row:
    """``sum_{k >= t} factor**(k - t) x_k`` for every t."""
    found: list[Fraction] = []
    for value in reversed(x):
        found.append(value + factor * (found[-1] if found else ZERO))
    return tuple(reversed(found))


def state_values(mdp: Mdp, path: Path) -> Row:
    """The exact ``V_t(s_t)``."""
    known = values(mdp)
    return tuple(known.state[t][s] for t, s in enumerate(path.states))


def action_values(mdp: Mdp, path: Path) -> Row:
    """The exact ``Q_t(s_t, a_t)``."""
    known = values(mdp)
    return tuple(known.action[t][s][a] for t, (s, a) in enumerate(zip(path.states, path.actions)))


def advantages(mdp: Mdp, path: Path) -> Row:
    """The exact ``Q_t(s_t, a_t) - V_t(s_t)``."""
    pairs = zip(action_values(mdp, path), state_values(mdp, path), strict=True)
    return tuple(q - v for q, v in pairs)


def residuals(mdp: Mdp, path: Path, critic: Values | None = None) -> Row:
    """``r_t + discount V_{t+1}(s_{t+1}) - V_t(s_t)``, with the exact values or those of a critic."""
    state = (critic or values(mdp)).state
    here = [state[t][s] for t, s in enumerate(path.states)]
    after = [*here[1:], ZERO]
    return tuple(r + mdp.discount * n - v for r, n, v in zip(rewards(mdp, path), after, here, strict=True))
