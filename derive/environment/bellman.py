"""Values, visits and the policy gradient by recursion: exact at any horizon, without enumeration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from derive.environment.mdp import ZERO, Mdp, Row


@dataclass(frozen=True, slots=True)
class Values:
    """``state[t][s]`` and ``action[t][s][a]``, the expected discounted rewards from time t on.

    ``state`` has one entry more, all zeros, for the time after the end.
    """

    state: tuple[Row, ...]
    action: tuple[tuple[Row, ...], ...]


@lru_cache(maxsize=64)
def values(mdp: Mdp) -> Values:
    """``Q_t = r + discount P V_{t+1}``, ``V_t = sum_a pi Q_t``, backwards from ``V_T = 0``."""
    state: list[Row] = [(ZERO,) * len(mdp.states)]
    action: list[tuple[Row, ...]] = []
    for _ in range(mdp.horizon):
        q = tuple(
            tuple(r + mdp.discount * _dot(row, state[0]) for r, row in zip(rs, rows, strict=True))
            for rs, rows in zip(mdp.rewards, mdp.transitions, strict=True)
        )
        action.insert(0, q)
        state.insert(0, tuple(map(_dot, mdp.policy, q)))
    return Values(tuple(state), tuple(action))


def visits(mdp: Mdp) -> tuple[Row, ...]:
    """``d_t(s)``, the probability of being in s at time t, for every t below the horizon."""
    found = [mdp.start]
    for _ in range(mdp.horizon - 1):
        moved = [ZERO] * len(mdp.states)
        for d, policy, rows in zip(found[-1], mdp.policy, mdp.transitions, strict=True):
            for p, row in zip(policy, rows, strict=True):
                moved = [m + d * p * x for m, x in zip(moved, row, strict=True)]
        found.append(tuple(moved))
    return tuple(found)


def gradient_by_step(mdp: Mdp) -> tuple[Row, ...]:
    """What each time contributes: ``discount**t sum_s d_t(s) sum_a d pi(a | s) Q_t(s, a)``, ``[T][p]``.

    The policy gradient theorem at a finite horizon (Sutton et al. 2000, theorem 1, with time in the state).
    """
    known = values(mdp)
    return tuple(_step(mdp, t, d, q) for t, (d, q) in enumerate(zip(visits(mdp), known.action, strict=True)))


def _step(mdp: Mdp, t: int, visited: Row, q: tuple[Row, ...]) -> Row:
    total = [ZERO] * len(mdp.indices)
    for s, d in enumerate(visited):
        for a, p in enumerate(mdp.policy[s]):
            weight = mdp.discount**t * d * p * q[s][a]
            total = [x + weight * y for x, y in zip(total, mdp.score(s, a), strict=True)]
    return tuple(total)


def gradient(mdp: Mdp) -> Row:
    """The policy gradient: the sum of what the times contribute."""
    return tuple(sum(column, ZERO) for column in zip(*gradient_by_step(mdp), strict=True))


def action_slopes(mdp: Mdp) -> tuple[tuple[tuple[Row, ...], ...], ...]:
    """``d Q_t(s, a) / d theta``, ``[T][S][A][p]``: the recursion of the values, differentiated."""
    later = [(ZERO,) * len(mdp.indices)] * len(mdp.states)
    found: list[tuple[tuple[Row, ...], ...]] = []
    for q in reversed(values(mdp).action):
        slopes = tuple(
            tuple(_combined([mdp.discount * x for x in row], later) for row in rows)
            for rows in mdp.transitions
        )
        found.insert(0, slopes)
        later = [_state_slope(mdp, s, q[s], slopes[s]) for s in range(len(mdp.states))]
    return tuple(found)


def _state_slope(mdp: Mdp, s: int, q: Row, slopes: Sequence[Row]) -> Row:
    """``sum_a d pi Q + pi d Q``."""
    chosen = [p * x for p, x in zip(mdp.policy[s], q, strict=True)]
    scores = [mdp.score(s, a) for a in range(len(mdp.actions))]
    pairs = zip(_combined(chosen, scores), _combined(mdp.policy[s], slopes), strict=True)
    return tuple(x + y for x, y in pairs)


def _combined(weights: Sequence[Fraction], rows: Sequence[Row]) -> Row:
    return tuple(_dot(weights, column) for column in zip(*rows, strict=True))


def _dot(one: Sequence[Fraction], two: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(one, two, strict=True)), ZERO)
