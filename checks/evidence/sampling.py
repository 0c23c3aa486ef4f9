"""Statistical evidence: a sequential test of an estimator's mean that states both of its error rates.

Batches of independent samples are judged one after another, in their order, against the exact mean with the
exact variance (``checks.evidence.catoni``), or, where no variance is known, by a t-test that is valid for
batch means of small skewness (``checks.evidence.student``). It ends as soon as something is shown.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import Generator, Tensor

from checks.evidence import student
from checks.evidence.arrays import Array
from checks.evidence.catoni import Accepter, Refuter, interval
from checks.evidence.plan import CHUNK, SMALLEST_BATCH, Plan, Rates, plan, resolution, seed_of

Run = Callable[[int, Generator], Tensor]
Judgement = Literal["agrees", "refuted", "undecided"]
# The pilot of the t-mode: enough to see a skewness of 10.
PILOT = 1 << 14
# Numbers in one piece of a batch: with 10,000 coordinates a CHUNK of rows would take gigabytes.
LARGEST_PIECE = CHUNK << 5


class NonFinite(Exception):
    """The estimator returned nan or infinity."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the samples should show: ``mean [d]``; ``variance`` and ``fourth`` central moment where known."""

    mean: Array
    variance: Array | None
    fourth: Array | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Mean and variance of one batch, ``[d]`` each."""

    mean: Array
    variance: Array


@dataclass(frozen=True, slots=True)
class Sampling:
    """``judgement`` of the gradient and of the estimator's own mean, with all that a verdict reports.

    ``lower, upper [d]`` bound the mean at the false-pass rate; ``variance`` is estimated. ``spread`` says
    whether the variance is the one claimed. ``asymptotic`` marks the t-mode.
    """

    judgement: Judgement
    own: Judgement
    estimate: Array
    lower: Array
    upper: Array
    variance: Array
    spread: Judgement
    plan: Plan
    samples: int
    asymptotic: bool


# Sums of many float64 numbers, relative to their result.
ACCURACY = 1e-9
# Batches, all of one number after a pilot of that number, before it is believed to be constant.
LEAST_CONSTANT = 8


class _MeanTest:
    """The test of one claimed mean by the e-processes of known variance."""

    def __init__(self, mean: Array, variance: Array, planned: Plan, relative: float) -> None:
        self.mean = mean
        self.constant = variance <= _negligible(mean)
        self.scale = np.sqrt(np.where(self.constant, 1.0, variance) / planned.batch)
        # A wrong estimator that is off by a factor has a variance off by its square: bet on the larger one.
        self.slack = 1.0 + relative
        self.planned = planned
        self.refuter = Refuter(len(mean), planned.bets)
        self.accepter = Accepter(planned.delta / (self.scale * self.slack))
        self.judgement: Judgement = "undecided"

    def add(self, batch: Batch) -> None:
        if self.judgement != "undecided":
            return
        off = batch.mean - self.mean
        u = np.where(self.constant, 0.0, off / self.scale)
        against = self.refuter.add(u)
        for_it = self.accepter.add(u / self.slack)
        # Without spread one sample decides; what is allowed is the rounding of the mean of a batch.
        wrong = self.constant & (np.abs(off) > rounding(self.mean))
        right = self.constant & ~wrong
        rates = self.planned.rates
        if wrong.any() or (against >= math.log(len(u) / rates.false_fail)).any():
            self.judgement = "refuted"
        elif (right | (for_it >= math.log(1.0 / rates.false_pass))).all():
            self.judgement = "agrees"


def _negligible(mean: Array) -> Array:
    """Variances below this are rounding: the estimator is constant."""
    return (1e-11 * np.abs(mean)) ** 2 + 1e-300


def rounding(mean: Array, accuracy: float = ACCURACY) -> Array:
    """What a mean of constants may be off by."""
    return accuracy * np.maximum(np.abs(mean), 1e-3)


class _StudentTest:
    """The same test where the variance is not known."""

    def __init__(self, mean: Array, variance: Array, planned: Plan, accuracy: float) -> None:
        self.mean = mean
        self.planned = planned
        self.constant = variance <= _negligible(mean)
        self.rounding = rounding(mean, accuracy)
        self.effect = 2.0 * planned.delta**2 / np.maximum(variance / planned.batch, 1e-300)
        self.seen: list[Array] = []
        self.judgement: Judgement = "undecided"

    def add(self, batch: Batch) -> None:
        if self.judgement != "undecided":
            return
        self.seen.append(batch.mean)
        off = np.array(self.seen) - self.mean
        delta, rates = self.planned.delta, self.planned.rates
        against = student.log_evidence(student.unrounded(off, self.rounding), self.effect)
        if (against >= math.log(off.shape[1] / rates.false_fail)).any():
            self.judgement = "refuted"
            return
        sides = [student.log_evidence(off - sign * delta, self.effect) for sign in (1.0, -1.0)]
        for_it = np.minimum(*sides) >= math.log(1.0 / rates.false_pass)
        near = np.abs(off.mean(0)) < delta
        # A coordinate that is the claimed number itself, every time, has no spread that a t-test could use.
        same = self.constant & (np.abs(off) <= self.rounding).all(0) & (len(off) >= LEAST_CONSTANT)
        if (near & for_it | same).all():
            self.judgement = "agrees"


class _VarianceTest:
    """The e-process against the claimed variance, from the variances within batches; blind to the mean."""

    def __init__(self, variance: Array, fourth: Array, planned: Plan) -> None:
        self.variance = np.where(variance > 0, variance, 1.0)
        kurtosis = np.where(variance > 0, fourth / self.variance**2, 3.0)
        b = planned.batch
        self.usable = (variance > 0) & np.isfinite(kurtosis)
        self.scale = np.sqrt(np.maximum((kurtosis - 3.0) / b + 2.0 / (b - 1), 1e-300))
        self.refuter = Refuter(len(variance), planned.bets)
        self.limit = math.log(len(variance) / planned.rates.false_fail)
        self.judgement: Judgement = "undecided"

    def add(self, batch: Batch) -> None:
        u = np.where(self.usable, (batch.variance / self.variance - 1.0) / self.scale, 0.0)
        if (self.refuter.add(u) >= self.limit).any():
            self.judgement = "refuted"


def draw(run: Run, n: int, seed: int, coordinates: int = 1) -> Batch:
    """One batch of ``n`` samples, in pieces whose size depends on how many ``coordinates`` a row has.

    Raises ``NonFinite``.
    """
    generator = torch.Generator().manual_seed(seed)
    piece = min(CHUNK, max(SMALLEST_BATCH, LARGEST_PIECE // coordinates))
    sizes = [piece] * (n // piece) + ([n % piece] if n % piece else [])
    # Kept in one place: small tensors between large ones would keep the heap from shrinking.
    sums = squares = shift = torch.empty(0)
    for at, size in enumerate(sizes):
        x = run(size, generator).detach().to(torch.float64)
        if not at:
            shift = x[0].clone()  # any value near the mean: no cancellation below
            sums, squares = (torch.empty(len(sizes), len(shift), dtype=torch.float64) for _ in range(2))
        off = x - shift
        torch.sum(off, 0, out=sums[at])
        torch.sum(off.square_(), 0, out=squares[at])
        # What is not finite stays so in a sum; a sum of finite numbers may overflow, so they are looked at.
        if not torch.isfinite(squares[at]).all() and not torch.isfinite(x).all():
            raise NonFinite(f"a gradient is not finite (seed {seed}, batch of {n})")
    sums, squares = sums.sum(0), squares.sum(0)
    variance = torch.clamp(squares - sums**2 / n, min=0.0) / max(n - 1, 1)
    return Batch((shift + sums / n).numpy(), variance.numpy())


def judge(
    run: Run,
    gradient: Array,
    own: Claim,
    identity: str,
    *,
    relative: float = 0.01,
    rates: Rates | None = None,
    seed: int = 0,
    seconds: float = 60.0,
    pilot: int = PILOT,
    terms: int = 1,
    batches_by: Callable[[int, int], Batch] | None = None,
    accuracy: float = ACCURACY,
) -> Sampling:
    """Whether the mean of ``run(n, generator) -> [n, d]`` is ``gradient``, and whether it is ``own.mean``.

    ``identity`` names the check: with ``seed`` it fixes every draw. ``relative`` is the resolution. Ends
    early as soon as both are judged, late when ``seconds`` have passed. Where no variance is known, ``pilot``
    further samples estimate one. A row may be a mean of ``terms`` samples: the resolution is then relative
    to the spread of one of them. ``batches_by(n, seed)`` gives the batches where that is not ``draw`` of
    ``run``. Where the variance is not known, a mean within ``accuracy`` of itself is not told from another.
    Raises ``NonFinite``.
    """
    rates, take = rates or Rates(), batches_by or partial(draw, run, coordinates=len(gradient))
    variance, at_least = (own.variance, 0) if own.variance is not None else _pilot(run, identity, seed, pilot)
    delta = resolution(gradient, terms * variance, relative)
    delta = np.where(variance <= _negligible(gradient), np.maximum(delta, rounding(gradient)), delta)
    planned = plan(variance, delta, rates, at_least)
    known = own.variance is not None
    tests: list[_MeanTest | _StudentTest] = [
        _MeanTest(mean, variance, planned, relative)
        if known
        else _StudentTest(mean, variance, planned, accuracy)
        for mean in (gradient, own.mean)
    ]
    spread = _VarianceTest(variance, own.fourth, planned) if known and own.fourth is not None else None
    deadline = time.monotonic() + seconds
    batches: list[Batch] = []
    while len(batches) < planned.batches and any(t.judgement == "undecided" for t in tests):
        batches.append(take(planned.batch, seed_of(seed, identity, len(batches))))
        for each in (*tests, *([spread] if spread else [])):
            each.add(batches[-1])
        if time.monotonic() > deadline:
            break
    return _summary(batches, planned, tests, spread, variance, known)


def _pilot(run: Run, identity: str, seed: int, size: int) -> tuple[Array, int]:
    """Variance and the least batch, from samples that the test itself does not use."""
    generator = torch.Generator().manual_seed(seed_of(seed, identity + "/pilot", 0))
    x = run(size, generator).detach().to(torch.float64).numpy()
    if not np.isfinite(x).all():
        raise NonFinite("a gradient is not finite in the pilot run")
    off = x - x.mean(0)
    variance = (off**2).mean(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.where(variance > 0, (off**3).mean(0) / variance**1.5, 0.0)
    return variance, student.batch_for_skew(skew)


def _summary(
    batches: list[Batch],
    planned: Plan,
    tests: list[_MeanTest | _StudentTest],
    spread: _VarianceTest | None,
    variance: Array,
    known: bool,
) -> Sampling:
    means = np.array([b.mean for b in batches])
    estimate = np.array([math.fsum(column) for column in means.T]) / len(batches)
    variances = np.array([b.variance for b in batches])
    within = np.array([math.fsum(column) for column in variances.T]) / len(batches)
    scale = np.sqrt(np.maximum(variance if known else within, 1e-300) / planned.batch)
    lower, upper = interval((means - estimate) / scale, planned.bets, planned.rates.false_pass)
    return Sampling(
        judgement=tests[0].judgement,
        own=tests[1].judgement,
        estimate=estimate,
        lower=estimate + lower * scale,
        upper=estimate + upper * scale,
        variance=within,
        spread=spread.judgement if spread else "undecided",
        plan=planned,
        samples=len(batches) * planned.batch,
        asymptotic=not known,
    )
