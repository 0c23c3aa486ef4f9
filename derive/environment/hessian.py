"""The second derivative of the return of a decision process: over all trajectories, and by recursion.

Policies are exponential families in their logits, so the derivative of the score of a state is minus the
covariance of its scores, whatever the action: ``d s/d theta = -sum_a pi(a | s) s s^T``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement

from derive.environment.mdp import ZERO, Mdp, Row
from derive.environment.paths import Path, paths, rewards

Matrix = tuple[Row, ...]


def curvature(mdp: Mdp, s: int) -> Matrix:
    """``d2 log pi(a | s) / d theta2``, the same for every action."""
    rows = [(p, mdp.score(s, a)) for a, p in enumerate(mdp.policy[s])]
    size = range(len(mdp.indices))
    return tuple(tuple(-sum((p * row[i] * row[j] for p, row in rows), ZERO) for j in size) for i in size)


def weighed(mdp: Mdp, states: Sequence[int], actions: Sequence[int]) -> Matrix:
    """``S S^T + d S/d theta`` with ``S`` the sum of the scores of these choices: the slope of their law."""
    total = tuple(sum(column, ZERO) for column in zip(*map(mdp.score, states, actions), strict=True))
    curved = [curvature(mdp, s) for s in states]
    size = range(len(total))
    return tuple(
        tuple(total[i] * total[j] + sum((m[i][j] for m in curved), ZERO) for j in size) for i in size
    )


def pairs(mdp: Mdp) -> Iterator[tuple[int, int]]:
    """The entries on and above the diagonal, row by row, by the numbers of their parameters."""
    return combinations_with_replacement(range(len(mdp.indices)), 2)


def triangle(mdp: Mdp, matrix: Matrix) -> Row:
    """The entries of ``pairs``."""
    return tuple(matrix[i][j] for i, j in pairs(mdp))


def by_paths(mdp: Mdp) -> Row:
    """``sum_tau p(tau) R(tau) (S S^T + d S/d theta)``: no causality, no values, no recursion."""
    total = [ZERO] * len(tuple(pairs(mdp)))
    for path in paths(mdp):
        gained = path.probability * discounted(mdp, path)
        found = triangle(mdp, weighed(mdp, path.states, path.actions))
        total = [x + gained * y for x, y in zip(total, found, strict=True)]
    return tuple(total)


def discounted(mdp: Mdp, path: Path) -> Fraction:
    """``sum_t discount**t r_t``."""
    return sum((mdp.discount**t * r for t, r in enumerate(rewards(mdp, path))), ZERO)


def by_recursion(mdp: Mdp) -> Row:
    """Bellman's recursion differentiated twice, from the last step to the first: no trajectories.

    ``d2 V = sum_a pi ((s s^T + ds) Q + s dQ^T + dQ s^T + d2 Q)``, with ``Q = r + discount sum P V``.
    """
    later = [_nothing(mdp)] * len(mdp.states)
    for _ in range(mdp.horizon):
        later = [_value(mdp, s, later) for s in range(len(mdp.states))]
    parts = [(p, jet) for p, jet in zip(mdp.start, later, strict=True)]
    size = range(len(mdp.indices))
    whole = tuple(tuple(sum((p * jet[2][i][j] for p, jet in parts), ZERO) for j in size) for i in size)
    return triangle(mdp, whole)


# A value with its gradient and its second derivative.
Jet = tuple[Fraction, Row, Matrix]


def _nothing(mdp: Mdp) -> Jet:
    size = len(mdp.indices)
    return ZERO, (ZERO,) * size, ((ZERO,) * size,) * size


def _value(mdp: Mdp, s: int, later: Sequence[Jet]) -> Jet:
    value, slope, matrix = _nothing(mdp)
    size, bent = range(len(slope)), curvature(mdp, s)
    for a, p in enumerate(mdp.policy[s]):
        q, dq, d2q = _action_value(mdp, s, a, later)
        own = mdp.score(s, a)
        value += p * q
        slope = tuple(slope[i] + p * (own[i] * q + dq[i]) for i in size)
        matrix = tuple(
            tuple(
                matrix[i][j]
                + p * ((own[i] * own[j] + bent[i][j]) * q + own[i] * dq[j] + dq[i] * own[j] + d2q[i][j])
                for j in size
            )
            for i in size
        )
    return value, slope, matrix


def _action_value(mdp: Mdp, s: int, a: int, later: Sequence[Jet]) -> Jet:
    size = range(len(mdp.indices))
    moves = [(mdp.discount * p, later[n]) for n, p in enumerate(mdp.transitions[s][a]) if p]
    return (
        mdp.rewards[s][a] + sum((w * jet[0] for w, jet in moves), ZERO),
        tuple(sum((w * jet[1][i] for w, jet in moves), ZERO) for i in size),
        tuple(tuple(sum((w * jet[2][i][j] for w, jet in moves), ZERO) for j in size) for i in size),
    )
