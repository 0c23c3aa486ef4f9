"""The trajectories of a process, enumerated: the gradient and every statistic as sums over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from derive.environment.mdp import ONE, ZERO, Mdp, Row

# What an enumeration may cost: about a second of exact arithmetic.
MOST_PATHS = 4096


@dataclass(frozen=True, slots=True)
class Path:
    """``s_0, a_0, ..., s_{T-1}, a_{T-1}`` and its probability; where the last action leads plays no part."""

    states: tuple[int, ...]
    actions: tuple[int, ...]
    probability: Fraction


def paths(mdp: Mdp) -> Iterator[Path]:
    """Every trajectory of positive probability."""
    for s, p in enumerate(mdp.start):
        if p:
            yield from _grown(mdp, Path((s,), (), p))


def _grown(mdp: Mdp, path: Path) -> Iterator[Path]:
    s = path.states[-1]
    for a, chosen in enumerate(mdp.policy[s]):
        p, actions = path.probability * chosen, (*path.actions, a)
        if len(actions) == mdp.horizon:
            yield Path(path.states, actions, p)
            continue
        for n, moved in enumerate(mdp.transitions[s][a]):
            if moved:
                yield from _grown(mdp, Path((*path.states, n), actions, p * moved))


def rewards(mdp: Mdp, path: Path) -> Row:
    """``r_0, ..., r_{T-1}``."""
    return tuple(mdp.rewards[s][a] for s, a in zip(path.states, path.actions, strict=True))


def to_go(mdp: Mdp, path: Path) -> Row:
    """``G_t = sum_{k >= t} discount**(k - t) r_k`` for every t."""
    found: list[Fraction] = []
    for r in reversed(rewards(mdp, path)):
        found.append(r + mdp.discount * (found[-1] if found else ZERO))
    return tuple(reversed(found))


def scored(mdp: Mdp, path: Path, weights: Sequence[Fraction]) -> Row:
    """``sum_t weights[t] d log pi(a_t | s_t) / d theta`` for every parameter."""
    total = [ZERO] * len(mdp.indices)
    for s, a, w in zip(path.states, path.actions, weights, strict=True):
        total = [x + w * y for x, y in zip(total, mdp.score(s, a), strict=True)]
    return tuple(total)


def objective(mdp: Mdp) -> Fraction:
    """``E[sum_t discount**t r_t]`` by enumeration."""
    return sum((p.probability * to_go(mdp, p)[0] for p in paths(mdp)), ZERO)


def gradient_by_paths(mdp: Mdp) -> Row:
    """``sum_tau p(tau) d log p(tau) R(tau)``: no causality, no values, no recursion."""
    total = [ZERO] * len(mdp.indices)
    for path in paths(mdp):
        returned = to_go(mdp, path)[0]
        found = scored(mdp, path, (path.probability * returned,) * mdp.horizon)
        total = [x + y for x, y in zip(total, found, strict=True)]
    return tuple(total)


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, variance and fourth central moment of each coordinate."""

    mean: Row
    variance: Row
    fourth: Row


def moments(mdp: Mdp, statistic: Callable[[Mdp, Path], Row]) -> Moments:
    """The exact moments of a statistic of one trajectory."""
    rows = [(path.probability, statistic(mdp, path)) for path in paths(mdp)]
    columns = [[row[i] for _, row in rows] for i in range(len(rows[0][1]))]
    weights = [p for p, _ in rows]
    means = [_mean(weights, column) for column in columns]
    central = [[x - m for x in column] for column, m in zip(columns, means, strict=True)]
    return Moments(
        tuple(means),
        tuple(_mean(weights, [x * x for x in column]) for column in central),
        tuple(_mean(weights, [x**4 for x in column]) for column in central),
    )


def _mean(weights: Sequence[Fraction], values: Sequence[Fraction]) -> Fraction:
    return sum((w * x for w, x in zip(weights, values, strict=True)), ZERO) / (sum(weights) or ONE)
