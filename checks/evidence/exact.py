"""Exact evidence: an estimator's mean and variance from its own code, with its noise at chosen values.

The random draws of the code are intercepted and replaced: finite ones enumerated with their probabilities,
continuous ones put on quadrature nodes. No sampling error is left, and nothing is assumed of the code but
what is checked here: that its draws can be replayed, and that each row of its result depends on that row's
noise alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from checks.evidence.arrays import Array, Flags
from checks.evidence.catoni import Refuter, bet_sizes
from checks.evidence.doubly import doubly_moments, is_settled
from checks.evidence.gauss import smooth_moments
from checks.evidence.laws import Unreplayable
from checks.evidence.noise import Draw, record, replay, unseeded
from checks.evidence.overlooking import GROUP, GROUPS, overlooks
from checks.evidence.plan import FALSE_FAIL
from checks.evidence.quadrature import Axis, Evaluate, Limits, Moments, moments

Run = Callable[[int, Generator], Tensor]

# More would be 1e6 nodes or more: sampling is cheaper then.
MOST_CONTINUOUS = 3
MOST_ADAPTIVE = 2
MOST_ATOMS = 4096
PROBES = 3
PLAIN_BATCHES, PLAIN_BATCH = 64, 64
# Numbers that one call is asked for: with thousands of coordinates all nodes at once would take gigabytes,
# and most of the time would go into pages that are used once.
LARGEST_CALL = 1 << 19
# Of outputs of size one; the same row in a longer tensor may go through other vector instructions.
ROW_TOLERANCE = 1e-9
# A set this improbable is met by no sampler; on a larger one, the output has to be finite.
EXCLUDED = 1e-15
# A spread of this part of the mean is that of a constant, by rounding.
STILL = 1e-9


class NoExactEvidence(Exception):
    """Why the noise of an estimator could not be replayed or integrated; the text completes a sentence."""


@dataclass(frozen=True, slots=True)
class Exact:
    """``moments`` of the code's output over the noise variables ``axes``."""

    moments: Moments
    axes: tuple[Axis, ...]

    def describe(self) -> str:
        """What was done, in a few words."""
        if not self.axes:
            return "it draws no noise"
        continuous = sum(not axis.atoms for axis in self.axes)
        if not continuous:
            return f"all {self.moments.nodes} values of its noise enumerated"
        return f"its noise ({continuous}-dimensional) replayed at {self.moments.nodes} values"


def examine(
    run: Run, coordinates: int, *, finite: Flags | None = None, limits: Limits | None = None, seed: int = 0
) -> Exact:
    """Mean and variance of the rows of ``run(n, generator) -> [n, coordinates]``.

    ``finite`` says which variances exist (None: all). Raises ``NoExactEvidence`` where the draws cannot be
    replayed, the rows interact, there is too much noise, or an ordinary run contradicts the result.
    """
    try:
        draws, three = record(lambda: run(PROBES, unseeded()), _probe)
        axes = _axes(draws, PROBES)
        _refuse_interaction(run, draws, three)
        found = _integrate(_in_pieces(run, draws, coordinates), axes, limits, finite)
    except Unreplayable as error:
        raise NoExactEvidence(str(error)) from None
    if found.excluded > EXCLUDED:
        raise NoExactEvidence(f"its output is not finite with probability {found.excluded:.1e}")
    known = np.ones(len(found.mean), dtype=bool) if finite is None else finite
    _confirm(run, found, known, seed)
    if sum(not axis.atoms for axis in axes) > 1:  # in one dimension adaptive rules search
        _search(run, found, known, seed + 1)
    return Exact(found, axes)


def _integrate(
    evaluate: Evaluate, axes: Sequence[Axis], limits: Limits | None, finite: Flags | None
) -> Moments:
    """The cheap rules for smooth functions of several variables first, then the adaptive ones."""
    found = smooth_moments(evaluate, axes, finite)
    if found is not None:
        return found
    continuous = sum(not axis.atoms for axis in axes)
    found = doubly_moments(evaluate, axes, finite)
    if found is not None and (continuous > MOST_ADAPTIVE or is_settled(found)):
        return found
    if continuous > MOST_ADAPTIVE:
        raise NoExactEvidence(f"it is not a smooth function of its {continuous} continuous draws")
    return moments(evaluate, axes, limits, finite)


def _axes(draws: Sequence[Draw], n: int) -> tuple[Axis, ...]:
    axes: list[Axis] = []
    for draw in draws:
        if not draw.shape or draw.shape[0] != n:
            raise NoExactEvidence(f"'{draw.operation}' draws {list(draw.shape)} values for {n} samples")
        axes += [Axis(draw.base, draw.atoms)] * math.prod(draw.shape[1:])
    continuous = sum(not axis.atoms for axis in axes)
    atoms = math.prod(axis.atoms for axis in axes if axis.atoms)
    if continuous > MOST_CONTINUOUS or atoms > MOST_ATOMS:
        raise NoExactEvidence(f"a sample takes {continuous} continuous draws, and {atoms} values of others")
    return tuple(axes)


def _in_pieces(run: Run, draws: Sequence[Draw], coordinates: int) -> Evaluate:
    """``_rows``, in several calls where one would give too many numbers."""
    most = max(PLAIN_BATCH, LARGEST_CALL // max(coordinates, 1))

    def evaluate(base: Array) -> tuple[Array, Array]:
        if len(base) <= most:
            return _rows(run, draws, base)
        x, weight = np.empty((len(base), coordinates)), np.empty(len(base))
        for i in range(0, len(base), most):
            x[i : i + most], weight[i : i + most] = _rows(run, draws, base[i : i + most])
        return x, weight

    return evaluate


def _rows(run: Run, draws: Sequence[Draw], base: Array) -> tuple[Array, Array]:
    """Outputs ``[N, p]`` and probabilities of the finite draws ``[N]`` at base values ``[N, axes]``."""
    n = len(base)
    values, start = [], 0
    for draw in draws:
        width = math.prod(draw.shape[1:])
        columns = torch.from_numpy(np.ascontiguousarray(base[:, start : start + width]))
        values.append(columns.reshape(n, *draw.shape[1:]))
        start += width
    played = replay(lambda: run(n, unseeded()), values, draws)
    weight = np.ones(n)
    for part in played.weights:
        if part is not None:
            weight *= part.detach().to(torch.float64).reshape(n, -1).prod(1).numpy()
    return played.output.detach().to(torch.float64).numpy(), weight


_VALUES = {"normal": (-0.7, 0.4, 1.3), "exponential": (0.3, 1.1, 2.6), "uniform": (0.2, 0.55, 0.85)}


def _probe(index: int, draw: Draw) -> Tensor:
    """Three different noise values for the three samples of a first run, not the same for every draw."""
    values = np.arange(PROBES) % draw.atoms if draw.atoms else np.roll(_VALUES[draw.base], index)
    rows = torch.from_numpy(np.resize(values, draw.shape[:1]).astype(float))
    return rows.reshape(-1, *[1] * (len(draw.shape) - 1)).expand(draw.shape)


def _refuse_interaction(run: Run, draws: Sequence[Draw], three: Tensor) -> None:
    """Two of the three samples in another order: each row must come out as before."""
    if three.dim() != 2 or len(three) != PROBES:
        raise NoExactEvidence(f"it returns {list(three.shape)} for {PROBES} samples, not one row for each")
    order = [2, 0]
    values = [_probe(i, draw)[order] for i, draw in enumerate(draws)]
    two = replay(lambda: run(len(order), unseeded()), values, draws).output
    wanted = three[order].detach()
    size = float(torch.nan_to_num(wanted, nan=0.0, posinf=0.0, neginf=0.0).abs().max())
    tolerance = ROW_TOLERANCE * max(1.0, size)
    if not torch.allclose(two.detach(), wanted, rtol=0.0, atol=tolerance, equal_nan=True):
        raise NoExactEvidence("its samples interact: a row changes with the other samples")


def _confirm(run: Run, found: Moments, known: Flags, seed: int) -> None:
    """An ordinary run must not contradict the replayed one: else the replay does not stand for the code.

    An e-process at the replayed mean and variance, with a false alarm of ``FALSE_FAIL``; it notices a
    deviation of about a tenth of a standard deviation.
    """
    if _contradicts(_plain(run, PLAIN_BATCHES, len(found.mean), seed), found, known, PLAIN_BATCHES):
        raise NoExactEvidence("an ordinary run contradicts the replayed noise")


def _search(run: Run, found: Moments, known: Flags, seed: int) -> None:
    """The same with many more draws, in several dimensions, where agreeing rules may all miss a window."""
    means: list[Array] = []

    def seen() -> Iterator[Array]:
        for x in _plain(run, GROUPS, len(found.mean), seed):
            means.append(x.reshape(-1, GROUP, x.shape[1]).mean(1))
            yield x

    if _contradicts(seen(), found, known, GROUPS) or overlooks(np.concatenate(means), found.mean):
        raise NoExactEvidence("its quadrature overlooks a part of the integrand")


def _plain(run: Run, batches: int, coordinates: int, seed: int) -> Iterator[Array]:
    """Ordinary rows of so many batches, all in one call unless these are too many numbers."""
    generator = torch.Generator().manual_seed(seed)
    most = max(1, LARGEST_CALL // (PLAIN_BATCH * coordinates))
    for first in range(0, batches, most):
        n = PLAIN_BATCH * min(most, batches - first)
        yield run(n, generator).detach().to(torch.float64).numpy()


def _contradicts(pieces: Iterable[Array], found: Moments, known: Flags, batches: int) -> bool:
    """Whether plain outputs contradict the mean at the replayed variance, or a missing one.

    They are pieces ``[n, p]``, ``batches`` of ``PLAIN_BATCH`` in all; ``known [p]`` says which variances were
    looked for.
    """
    size = np.maximum(np.abs(found.mean), 1.0)
    still = known & (found.variance <= (STILL * size) ** 2)
    usable = (found.variance > (STILL * size) ** 2) & (found.variance_error < 0.01 * found.variance)
    scale = np.sqrt(np.where(usable, found.variance, 1.0) / PLAIN_BATCH)
    refuter = Refuter(len(found.mean), bet_sizes(batches, FALSE_FAIL))
    limit = math.log(len(found.mean) / FALSE_FAIL)
    for x in pieces:
        if (np.abs(x - found.mean)[:, still] > 1e3 * STILL * size[still]).any():
            return True
        for part in x.reshape(-1, PLAIN_BATCH, x.shape[1]):
            against = refuter.add(np.where(usable, (part.mean(0) - found.mean) / scale, 0.0))
            if (against >= limit).any():
                return True
    return False
