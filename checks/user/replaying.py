"""A user's estimator as a function of its noise: one call per value of it, or one call for all values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from checks.evidence.arrays import Array
from checks.evidence.laws import Unreplayable
from checks.evidence.noise import Draw, record, replay
from checks.evidence.quadrature import Axis, Evaluate
from checks.user import batching
from checks.user.call import Subject
from checks.user.errors import UserError

# Not the number of parameters of any family, so that [n, p] cannot be mistaken for [p, n].
PROBES = 11


@dataclass(frozen=True, slots=True)
class Replayable:
    """The ``draws`` of one call, their scalar ``axes``, and ``evaluate(base [N, axes]) -> [N, p], [N]``.

    ``at_once`` says that all N cost one call; ``way`` then names how.
    """

    draws: tuple[Draw, ...]
    axes: tuple[Axis, ...]
    evaluate: Evaluate
    at_once: bool = False
    way: str = ""

    @property
    def order(self) -> list[int] | None:
        """The axes with the samples in reverse, if they lie along the first dimension of every draw."""
        found: list[int] = []
        for draw in self.draws:
            if not draw.shape or draw.shape[0] != self.draws[0].shape[0]:
                return None
            start, width = len(found), math.prod(draw.shape[1:])
            for i in reversed(range(draw.shape[0])):
                found += range(start + i * width, start + (i + 1) * width)
        return found

    @property
    def continuous(self) -> int:
        """How many of the axes are continuous."""
        return sum(not axis.atoms for axis in self.axes)

    @property
    def combinations(self) -> int:
        """How many values the finite axes take together."""
        return math.prod(axis.atoms for axis in self.axes if axis.atoms)


def called(subject: Subject, n: int) -> Replayable:
    """One call with ``n`` samples for each value of its noise; raises ``Unreplayable``, ``UserError``."""

    def run() -> Tensor:
        return subject.call(n).mean

    draws, _ = record(run)
    axes = tuple(Axis(d.base, d.atoms) for d in draws for _ in range(math.prod(d.shape)))

    def evaluate(base: Array) -> tuple[Array, Array]:
        found = [_once(run, draws, row) for row in base]
        return np.array([x for x, _ in found]), np.array([w for _, w in found])

    return Replayable(draws, axes, evaluate)


def _once(run: Callable[[], Tensor], draws: Sequence[Draw], row: Array) -> tuple[Array, float]:
    values, start = [], 0
    for draw in draws:
        size = math.prod(draw.shape)
        values.append(torch.from_numpy(row[start : start + size].copy()).reshape(draw.shape))
        start += size
    played = replay(run, values, draws)
    weight = math.prod(float(w.detach().prod()) for w in played.weights if w is not None)
    return played.output.numpy(), weight


Many = Callable[[int], Tensor]


def expanded(subject: Subject, lead: int) -> Replayable:
    """One call for all values of one sample's noise, by parameters expanded to one copy per sample.

    ``lead`` is the dimension of every draw along which the samples lie.
    """
    return _at_once(lambda n: batching.expanded(subject, n, n if lead == 0 else 1), lead)


def vectorised(subject: Subject, n: int) -> Replayable:
    """One call, under ``torch.vmap``, for all values of the noise of ``n`` samples."""
    return _at_once(lambda size: batching.vectorised(subject, n, size), 0)


def _at_once(run: Many, lead: int) -> Replayable:
    """Raises ``Unreplayable`` where the code does not suit it. Whether its rows are right is not known."""
    draws, _ = record(lambda: _unsuited(run, PROBES))
    for draw in draws:
        if draw.shape[lead : lead + 1] != (PROBES,) or (lead and draw.shape[0] != 1):
            raise Unreplayable(f"'{draw.operation}' draws {list(draw.shape)} values for {PROBES} samples")
    axes = tuple(Axis(d.base, d.atoms) for d in draws for _ in range(math.prod(d.shape) // PROBES))

    def evaluate(base: Array) -> tuple[Array, Array]:
        return _rows(run, draws, base, lead)

    return Replayable(draws, axes, evaluate, at_once=True)


def _unsuited(run: Many, n: int) -> Tensor:
    """Code that expects theta without dimensions, or looks at values under vmap, may fail in any way."""
    try:
        return run(n)
    except UserError as error:
        raise Unreplayable(error.message) from None
    except Exception as error:
        raise Unreplayable(f"it does not take many parameters at once: {error}") from None


def _rows(run: Many, draws: Sequence[Draw], base: Array, lead: int) -> tuple[Array, Array]:
    n = len(base)
    values, expected, start = [], [], 0
    for draw in draws:
        shape = (*draw.shape[:lead], n, *draw.shape[lead + 1 :])
        width = math.prod(shape) // n
        columns = torch.from_numpy(np.ascontiguousarray(base[:, start : start + width]))
        values.append(columns.reshape(shape))  # the dimensions before the batch are of size one
        expected.append(Draw(draw.operation, draw.base, shape, draw.atoms))
        start += width
    played = replay(lambda: _unsuited(run, n), values, expected)
    weight = np.ones(n)
    for part in played.weights:
        if part is not None:
            weight *= part.detach().to(torch.float64).reshape(n, -1).prod(1).numpy()
    return played.output.numpy(), weight


def random_noise(axes: Sequence[Axis], rows: int, seed: int) -> Array:
    """Values of the noise at which two ways of computing are compared, ``[rows, axes]``."""
    rng = np.random.default_rng(seed)
    columns = [_values(axis, rows, rng) for axis in axes]
    return np.stack(columns, axis=-1) if columns else np.zeros((rows, 0))


def _values(axis: Axis, rows: int, rng: np.random.Generator) -> Array:
    if axis.atoms:
        return rng.integers(axis.atoms, size=rows).astype(float)
    if axis.base == "normal":
        return rng.standard_normal(rows)
    return rng.random(rows) if axis.base == "uniform" else rng.standard_exponential(rows)


def split_by_sample(one: Replayable, many: Replayable, n: int) -> list[list[int]] | None:
    """For each of ``n`` samples the axes of ``many`` that stand for those of ``one``, or None.

    ``one`` may be a call with several samples as well, and ``many`` one with ``n`` times as many. Samples lie
    along one dimension of every draw, mostly the first (``multinomial`` has them in its second), or one after
    another where the code loops.
    """
    if len(one.draws) == len(many.draws):
        along = [_dimension(few, more, n) for few, more in zip(one.draws, many.draws)]
        if None not in along:
            return _along_rows(many, n, [d for d in along if d is not None])
    if many.axes == one.axes * n and len(many.draws) == len(one.draws) * n:
        width = len(one.axes)
        return [list(range(i * width, (i + 1) * width)) for i in range(n)]
    return None


def _dimension(one: Draw, many: Draw, n: int) -> int | None:
    """The one dimension in which ``many`` is ``n`` times as large; None if they differ otherwise."""
    if (one.base, one.atoms, len(one.shape)) != (many.base, many.atoms, len(many.shape)):
        return None
    different = [i for i, (few, more) in enumerate(zip(one.shape, many.shape)) if few != more]
    if len(different) != 1 or n * one.shape[different[0]] != many.shape[different[0]]:
        return None
    return different[0]


def _along_rows(many: Replayable, n: int, along: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(n)]
    start = 0
    for draw, dimension in zip(many.draws, along, strict=True):
        size = math.prod(draw.shape)
        columns = np.arange(start, start + size).reshape(draw.shape)
        for part, of_it in zip(found, np.split(columns, n, axis=dimension), strict=True):
            part += of_it.ravel().tolist()
        start += size
    return found
