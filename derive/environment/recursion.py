"""Statistics of an episode as a recursion backwards in time, and their exact moments at any horizon.

Almost every estimator of a policy gradient is ``X = F_0`` of

    ``C_t = u_t + factor C_{t+1}``,   ``F_t = (C_t + v_t) score_t + h_t + front F_{t+1}``

with ``u, v, h`` functions of one step. Mean and covariance of ``(F_t, C_t)`` given the state then follow from
those one step later, so that no trajectory has to be enumerated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from derive.environment.mdp import ZERO, Mdp, Row
from derive.environment.paths import Path

# A function of one step: time, state, action, and the next state (None after the last action).
Step = Callable[[int, int, int, "int | None"], Fraction]
Added = Callable[[int, int, int], Row]
# The work of one recursion: steps times transitions times parameters.
MOST_WORK = 200_000


def nothing(t: int, s: int, a: int, n: int | None) -> Fraction:
    return ZERO


@dataclass(frozen=True, slots=True)
class Recursion:
    """``credit`` is u, ``own`` is v, ``added`` is h by parameter; ``tilted`` weighs scores by their pi."""

    front: Fraction
    factor: Fraction
    credit: Step = nothing
    own: Step = nothing
    added: Added | None = None
    tilted: bool = False

    def scores(self, mdp: Mdp, s: int, a: int) -> Row:
        """What stands for the score: the score, or the derivative of the probability."""
        scores = mdp.score(s, a)
        return tuple(mdp.policy[s][a] * x for x in scores) if self.tilted else scores


def along(mdp: Mdp, path: Path, made: Recursion) -> Row:
    """The statistic of one trajectory."""
    total, credit = [ZERO] * len(mdp.indices), ZERO
    for t in range(mdp.horizon - 1, -1, -1):
        s, a = path.states[t], path.actions[t]
        n = path.states[t + 1] if t + 1 < mdp.horizon else None
        credit = made.credit(t, s, a, n) + made.factor * credit
        weight = credit + made.own(t, s, a, n)
        added = made.added(t, s, a) if made.added else (ZERO,) * len(total)
        scores = made.scores(mdp, s, a)
        total = [weight * x + h + made.front * f for x, h, f in zip(scores, added, total, strict=True)]
    return tuple(total)


@dataclass(frozen=True, slots=True)
class _Known:
    """Moments of F and C from one time and state on."""

    f: Fraction = ZERO
    c: Fraction = ZERO
    ff: Fraction = ZERO
    fc: Fraction = ZERO
    cc: Fraction = ZERO


def is_affordable(mdp: Mdp) -> bool:
    """Whether the recursions of all parameters are a matter of seconds."""
    transitions = len(mdp.states) ** 2 * len(mdp.actions)
    return mdp.horizon * transitions * len(mdp.indices) <= MOST_WORK


def moments_by_recursion(mdp: Mdp, made: Recursion) -> tuple[Row, Row]:
    """The exact mean and variance of every coordinate."""
    means, variances = [], []
    # A score has an entry for each parameter: made once, and not anew for every one of them.
    scores = [[made.scores(mdp, s, a) for a in range(len(mdp.actions))] for s in range(len(mdp.states))]
    for i in range(len(mdp.indices)):
        later = [_Known()] * len(mdp.states)
        for t in range(mdp.horizon - 1, -1, -1):
            later = [_here(mdp, made, i, t, s, scores[s], later) for s in range(len(mdp.states))]
        mean = sum((p * k.f for p, k in zip(mdp.start, later, strict=True)), ZERO)
        second = sum((p * k.ff for p, k in zip(mdp.start, later, strict=True)), ZERO)
        means.append(mean)
        variances.append(second - mean**2)
    return tuple(means), tuple(variances)


def _here(
    mdp: Mdp, made: Recursion, i: int, t: int, s: int, scores: Sequence[Row], later: list[_Known]
) -> _Known:
    """The moments at time t in state s: over actions and next states."""
    found = [ZERO] * 5
    for a, chosen in enumerate(mdp.policy[s]):
        score = scores[a][i]
        added = made.added(t, s, a)[i] if made.added else ZERO
        for n, p in _next(mdp, t, s, a):
            u, v = made.credit(t, s, a, n), made.own(t, s, a, n)
            one = _moved(made, u, u + v, score, added, _Known() if n is None else later[n])
            found = [x + chosen * p * y for x, y in zip(found, one, strict=True)]
    return _Known(*found)


def _next(mdp: Mdp, t: int, s: int, a: int) -> list[tuple[int | None, Fraction]]:
    if t == mdp.horizon - 1:
        return [(None, Fraction(1))]
    return [(n, p) for n, p in enumerate(mdp.transitions[s][a]) if p]


def _moved(
    made: Recursion, u: Fraction, w: Fraction, score: Fraction, h: Fraction, k: _Known
) -> tuple[Fraction, ...]:
    """E of F, C, F**2, F C, C**2: ``C = u + factor C'`` and ``F = (w + factor C') score + h + front F'``."""
    x, y = made.factor, made.front
    weight = w + x * k.c
    squared = w * w + 2 * w * x * k.c + x * x * k.cc
    f = score * weight + h + y * k.f
    ff = score * score * squared + 2 * score * (h * weight + y * (w * k.f + x * k.fc))
    ff += h * h + 2 * h * y * k.f + y * y * k.ff
    fc = score * (w * u + (w + u) * x * k.c + x * x * k.cc) + h * (u + x * k.c) + y * (u * k.f + x * k.fc)
    return f, u + x * k.c, ff, fc, u * u + 2 * u * x * k.c + x * x * k.cc
