"""Exact evidence for code that nobody here wrote: its mean at n = 1, 2 and 3 by replayed noise.

One sample proves too little: a baseline with its own sample, a sum in place of a mean, and [n] with [n, 1]
broadcast are right at n = 1. Where the result for n samples was seen to be the mean of n independent terms,
at noise drawn at random and for the n of the check as well, one mean stands for every n.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from checks.evidence.arrays import Array
from checks.evidence.exact import MOST_ADAPTIVE, MOST_ATOMS, MOST_CONTINUOUS, NoExactEvidence
from checks.evidence.gauss import smooth_moments
from checks.evidence.laws import TAIL, Unreplayable
from checks.evidence.quadrature import Limits, Moments, moments
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

SMALL = (2, 3)
AGREEING_ROWS = 3
# Orders of the rules where every node is a call; the second where the first do not agree.
CALLED_ORDERS: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((6, 9, 12), (16, 21, 26)),
    3: ((4, 6, 7), (8, 10, 11)),
}
# Where all nodes are one call, several draws can be afforded: exact for polynomials of degree 5 and more.
AT_ONCE_ORDERS = {4: (6, 8, 10), 5: (4, 6, 7), 6: (3, 4, 5)}
MOST_AT_ONCE = 6
MOST_CALLS = 4000
# Samples of one call where calls are joined: then most of its time is theirs.
LARGER = 2048
# In several dimensions a kink that is not settled by then will not be; sampling is cheaper.
ONCE, SEVERAL = Limits(), Limits(nodes=100_000)
# Nodes decide where calls take the usual millisecond or two, so that any machine finds the same.
CALLED_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Known:
    """The exact moments of the estimate by the number of samples.

    ``additive``: it is the mean of ``n`` independent terms, so one mean holds for every n. ``source`` is
    the estimator as a function of its noise at the smallest n. ``notes`` say what was odd.
    """

    at: Mapping[int, Moments]
    additive: bool
    source: Replayable
    n: int
    notes: tuple[str, ...] = ()
    way: str = ""  # in which all values of the noise were one call; empty where each was one

    @property
    def moments(self) -> Moments:
        """Those that the verdict is taken from: at the largest n."""
        return self.at[max(self.at)]

    def describe(self) -> str:
        """What was done, in a few words."""
        nodes = sum(m.nodes for m in self.at.values())
        if not self.source.axes:
            how = "it draws no noise"
        elif not self.source.continuous:
            but = f" but for tails of chance {TAIL:g}" if "poisson" in str(self.source.draws) else ""
            how = f"all {nodes} values of its noise enumerated{but}"
        else:
            how = f"its noise replayed at {nodes} values"
        if self.additive:
            return f"{how}; at n = 2, 3 and {self.n} it is the mean of independent terms"
        return f"{how}, at n = {' and '.join(map(str, self.at))}"


@dataclass
class _Notes:
    said: list[str] = field(default_factory=list)

    def take(self, subject: Subject, n: int) -> Replayable | None:
        """The estimator at ``n``, or None with a note where it fails there."""
        try:
            return called(subject, n)
        except UserError as error:
            self.said.append(f"at n = {n} it fails: {error.message.splitlines()[0]}")
            return None


def examine(subject: Subject, n: int, tolerance: float) -> Known:
    """The exact moments of the estimator; raises ``NoExactEvidence`` where its noise cannot be replayed.

    ``tolerance`` is the relative difference that rounding makes between two ways to compute one number.
    """
    notes = _Notes()
    try:
        one = notes.take(subject, 1)
        if one is not None:
            known = _from_one(subject, one, n, tolerance, notes)
            if known is not None:
                return known
        return _from_several(subject, n, tolerance, notes)
    except Unreplayable as error:
        raise NoExactEvidence(str(error)) from None


def _from_one(subject: Subject, one: Replayable, n: int, tolerance: float, notes: _Notes) -> Known | None:
    """The moments of one term, where the estimate is the mean of independent terms; None where it is not."""
    fast = _at_once(subject, one, 1, tolerance)
    term = fast or one
    if not all(is_mean(subject, one, term, k, tolerance) for k in (*SMALL, n)):
        return None
    found = _integrated(term) if fast else _integrated_by_calls(term)
    if not np.isfinite(found.mean).all():
        notes.said.append("at n = 1 it is not finite")
        return None
    return Known({1: found}, True, term, n, tuple(notes.said), fast.way if fast else "")


def _at_once(
    subject: Subject, slow: Replayable, n: int, tolerance: float, way: str = ""
) -> Replayable | None:
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
    try:
        many = called(subject, k * calls_of)
        samples = split_by_sample(one, many, k)
        if samples is None:
            return False
        noise = random_noise(many.axes, 1 if k > max(SMALL) else AGREEING_ROWS, k)
        whole, _ = many.evaluate(noise)
        parts, _ = term.evaluate(np.concatenate([noise[:, columns] for columns in samples]))
    except UserError:
        return False
    terms = parts.reshape(k, len(noise), -1)
    scale = np.abs(terms).max()
    return bool((np.abs(factor * terms.mean(0) - whole) <= tolerance * np.maximum(scale, 1.0)).all())


def _close(one: Array, two: Array, tolerance: float) -> bool:
    if one.shape != two.shape:
        return False
    return bool((np.abs(one - two) <= tolerance * np.maximum(np.abs(two).max(initial=0.0), 1.0)).all())


def _from_several(subject: Subject, n: int, tolerance: float, notes: _Notes) -> Known:
    """The moments of whole estimates of 2 and 3 samples."""
    found: dict[int, Moments] = {}
    source: Replayable | None = None
    fast, why, way = None, "", ""
    for k in SMALL:
        many = notes.take(subject, k)
        if many is None:
            continue
        try:
            fast = _at_once(subject, many, k, tolerance)
            result = _integrated(fast) if fast else _integrated_by_calls(many)
        except NoExactEvidence as error:
            why = str(error)
            if fast is None:
                break  # where each node is a call, more draws get fewer nodes
            continue
        if np.isfinite(result.mean).all():
            found[k] = result
            source, way = source or many, fast.way if fast else ""
        else:
            why = f"at n = {k} it is not finite"
    if source is None:
        raise NoExactEvidence(why or "; ".join(notes.said) or "it cannot be called with n = 2 or 3")
    return Known(found, False, source, n, tuple(notes.said), way)


def _integrated(term: Replayable) -> Moments:
    """By as many nodes as it takes: all of a round cost one call."""
    orders = AT_ONCE_ORDERS.get(term.continuous)
    _check_size(term, MOST_ATOMS if orders is None else MOST_ATOMS // orders[-1] ** 2, MOST_AT_ONCE)
    found = smooth_moments(term.evaluate, term.axes, None, orders)
    if found is None:
        if term.continuous > MOST_ADAPTIVE:
            raise NoExactEvidence(f"it is not a smooth function of its {term.continuous} continuous draws")
        found = moments(term.evaluate, term.axes, ONCE if term.continuous <= 1 else SEVERAL)
    return _believed(found)


def _integrated_by_calls(term: Replayable) -> Moments:
    """By few nodes: each is a call."""
    _check_size(term, MOST_CALLS)
    for orders in CALLED_ORDERS.get(term.continuous, ()):
        if term.combinations * sum(order**term.continuous for order in orders) <= MOST_CALLS:
            found = smooth_moments(term.evaluate, term.axes, None, orders)
            if found is not None:
                return _believed(found)
    if term.continuous > 1 or (term.continuous and term.combinations > 4):
        raise NoExactEvidence(f"it is not a smooth function of its {term.continuous} continuous draws")
    return _believed(moments(term.evaluate, term.axes, Limits(MOST_CALLS, CALLED_SECONDS)))


def _check_size(term: Replayable, most: int, continuous: int = MOST_CONTINUOUS) -> None:
    if term.continuous > continuous or term.combinations > most:
        raise NoExactEvidence(
            f"it takes {term.continuous} continuous draws, and {term.combinations} values of others"
        )


def _believed(found: Moments) -> Moments:
    from checks.evidence.exact import EXCLUDED

    if found.excluded > EXCLUDED:
        nan = np.full_like(found.mean, np.nan)
        return replace(found, mean=nan)
    return found


def mean_at(subject: Subject, n: int, like: Known | None = None, tolerance: float = 1e-9) -> Moments | None:
    """The exact moments of the estimate of ``n`` samples, or None where they cannot be had.

    ``like`` is what is known of the same code at another point, or with another cost.
    """
    try:
        slow = called(subject, n)
        tried = like is None or like.way
        fast = _at_once(subject, slow, n, tolerance, like.way if like else "") if tried else None
        return _integrated(fast) if fast else _integrated_by_calls(slow)
    except (Unreplayable, UserError, NoExactEvidence):
        return None
