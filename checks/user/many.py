"""Many calls of an estimator as one, and one as the mean of many terms: seen at noise drawn at random."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from checks.evidence.arrays import Array
from checks.evidence.laws import Unreplayable
from checks.user import batching
from checks.user.call import Subject
from checks.user.errors import UserError
from checks.user.replaying import (
    Replayable,
    called,
    expanded,
    random_noise,
    split_by_sample,
    vectorised,
)
from checks.user.state import seeded

SMALL = (2, 3)
AGREEING_ROWS, CERTAIN_ROWS = 3, 16
# A mean first, then a sum, and what was divided once or twice too often.
POWERS = (0, 1, -1, 2, -2)
# Samples of one call where calls are joined: then most of its time is theirs.
LARGER = 2048


def at_once(subject: Subject, slow: Replayable, n: int, tolerance: float, way: str = "") -> Replayable | None:
    """The estimator of all noise values in one call, if it gives the rows that single calls give.

    A ``way`` that suits the same code elsewhere is the only one tried, and held against a single row.
    """
    noise = random_noise(slow.axes, 1 if way else AGREEING_ROWS, 1)
    try:
        truth, _ = slow.evaluate(noise)
    except UserError:
        return None
    for each in (way,) if way else _WAYS:
        if n != 1 and each != "vectorised":
            continue
        try:
            found = _in_one(subject, n, each)
            if found.axes == slow.axes and _close(found.evaluate(noise)[0], truth, tolerance):
                return replace(found, way=each)
        except Unreplayable:
            continue
    return None


_WAYS = ("expanded", "expanded in columns", "vectorised")


def _in_one(subject: Subject, n: int, way: str) -> Replayable:
    return vectorised(subject, n) if way == "vectorised" else expanded(subject, _WAYS.index(way))


def vectorises(subject: Subject, n: int, tolerance: float) -> bool:
    """Whether many calls with ``n`` samples can be made as one, seen at random noise."""
    try:
        slow = called(subject, n)
        noise = random_noise(slow.axes, AGREEING_ROWS, 1)
        many = vectorised(subject, n)
        return _close(many.evaluate(noise)[0], slow.evaluate(noise)[0], tolerance)
    except (Unreplayable, UserError):
        return False


def joined(subject: Subject, n: int, tolerance: float) -> int:
    """How many calls with ``n`` samples one larger call is the mean of, seen at random noise; else 1.

    1 as well for code that loops over its samples: what it costs is the samples.
    """
    parts = max(LARGER // n, 1)
    if parts == 1:
        return 1
    try:
        small = called(subject, n)
        if len(called(subject, n * parts).draws) > len(small.draws):
            return 1
        return parts if is_mean(subject, small, small, parts, tolerance, calls_of=n) else 1
    except (Unreplayable, UserError):
        return 1


def is_mean(
    subject: Subject,
    one: Replayable,
    term: Replayable,
    k: int,
    tolerance: float,
    factor: float = 1.0,
    calls_of: int = 1,
) -> bool:
    """Whether the estimate of ``k`` times the samples of ``one`` is ``factor`` times a mean of terms.

    ``one`` takes ``calls_of`` samples, and ``term`` is the same function of their noise.
    """
    seen = _terms(subject, one, term, k, calls_of)
    return seen is not None and seen.fits(factor, tolerance)


def multiple(subject: Subject, one: Replayable, term: Replayable, k: int, tolerance: float) -> float | None:
    """The power of ``k`` by which the estimate of ``k`` samples is the mean of as many terms, if one is.

    Other factors are not asked for: few rows that are not zero may have one by chance.
    """
    seen = _terms(subject, one, term, k, 1)
    if seen is None:
        return None
    factor = next((f for f in (float(k) ** j for j in POWERS) if seen.fits(f, tolerance)), None)
    if factor in (None, 1.0):
        return factor
    again = _terms(subject, one, term, k, 1, CERTAIN_ROWS)
    return factor if again is not None and again.fits(factor, tolerance) else None


@dataclass(frozen=True, slots=True)
class _Terms:
    """Estimates ``whole [rows, p]`` at random noise, the ``mean`` of the terms there, and their ``size``."""

    whole: Array
    mean: Array
    size: float

    def fits(self, factor: float, tolerance: float) -> bool:
        allowed = tolerance * max(self.size, 1.0) * max(abs(factor), 1.0)
        return bool((np.abs(factor * self.mean - self.whole) <= allowed).all())


def _terms(
    subject: Subject, one: Replayable, term: Replayable, k: int, calls_of: int, rows: int = 0
) -> _Terms | None:
    """Of the estimate of ``k`` times the samples of ``one``; None where its noise is no terms'."""
    try:
        many = called(subject, k * calls_of)
        samples = split_by_sample(one, many, k)
        if samples is None:
            return None
        rows = rows or (1 if k > max(SMALL) else AGREEING_ROWS)
        noise = random_noise(many.axes, rows, k)
        whole, _ = many.evaluate(noise)
        parts, _ = term.evaluate(np.concatenate([noise[:, columns] for columns in samples]))
    except UserError:
        return None
    return _Terms(whole, parts.reshape(k, len(noise), -1).mean(0), float(np.abs(parts).max(initial=0.0)))


def _close(one: Array, two: Array, tolerance: float) -> bool:
    if one.shape != two.shape:
        return False
    return bool((np.abs(one - two) <= tolerance * np.maximum(np.abs(two).max(initial=0.0), 1.0)).all())


def call_means(subject: Subject, n: int, calls: int, seed: int) -> Array:
    """The estimates ``[calls, p]`` of ordinary calls, all generators started from one seed."""
    seeded(seed)
    return np.array([subject.call(n).mean.numpy() for _ in range(calls)])


def many_calls(subject: Subject, n: int, calls: int, seed: int, tolerance: float, apart: int) -> Array:
    """The same, in one call where the code suits it; only ``apart`` of them where each is one."""
    if not vectorises(subject, n, tolerance):
        return call_means(subject, n, apart, seed)
    seeded(seed)
    found: Array = batching.vectorised(subject, n, calls).numpy()
    return found
