"""Exact evidence for code that nobody here wrote: its mean at n = 1, 2 and 3 by replayed noise.

One sample proves too little: a baseline with its own sample, a sum in place of a mean, and [n] with [n, 1]
broadcast are right at n = 1. Where the result for n samples was seen to be the mean of n independent terms,
at noise drawn at random and for the n of the check as well, one mean stands for every n.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from checks.choosing import Choice
from checks.evidence.doubly import doubly_moments, is_settled
from checks.evidence.exact import MOST_ADAPTIVE, MOST_ATOMS, MOST_CONTINUOUS, NoExactEvidence
from checks.evidence.gauss import smooth_moments
from checks.evidence.laws import TAIL, Unreplayable
from checks.evidence.quadrature import Limits, Moments, moments
from checks.user.call import Subject
from checks.user.choosing import Choosing, by_choice, choosing
from checks.user.errors import UserError
from checks.user.many import SMALL, at_once, multiple, vectorises
from checks.user.replaying import Replayable, called

# Orders of the rules where every node is a call; the second where the first do not agree.
CALLED_ORDERS: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((6, 9, 12), (16, 21, 26)),
    3: ((4, 6, 7), (8, 10, 11)),
}
# Where all nodes are one call, several draws can be afforded: exact for polynomials of degree 5 and more.
AT_ONCE_ORDERS = {4: (6, 8, 10), 5: (4, 6, 7), 6: (3, 4, 5)}
MOST_AT_ONCE = 6
MOST_CALLS = 4000
MOST_ENUMERATED = 1 << 16
# Outcomes of two samples, where each is a call: a verdict with its explanation takes four times as many.
MOST_PAIRS = 500
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
    choice: Choice | None = None  # how its numbers choose samples, where these were enumerated
    factors: Mapping[int, float] = field(default_factory=dict)  # times the mean of terms; ``way`` is of one

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
            what = "noise" if self.choice is None else f"samples, made by {self.choice.way},"
            how = f"all {nodes} values of its {what} enumerated{but}"
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
    by_samples = choosing(subject, tolerance)
    if by_samples is not None and _affordable(by_samples, tolerance):
        try:
            return replace(_examined(by_samples, n, tolerance), choice=by_samples.choice)
        except (NoExactEvidence, UserError):
            pass  # too many outcomes, or some that its code is no match for: its numbers may do better
    return _examined(subject, n, tolerance)


def _affordable(subject: Choosing, tolerance: float) -> bool:
    """Whether the pairs of its samples are few, or are one call."""
    return len(subject.choice.log_masses) ** 2 <= MOST_PAIRS or vectorises(subject, 2, tolerance)


def _examined(subject: Subject, n: int, tolerance: float) -> Known:
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
    """The moments of one term, where the estimate is a multiple of a mean of such; None where it is not."""
    fast = at_once(subject, one, 1, tolerance)
    term = fast or one
    factors = {k: multiple(subject, one, term, k, tolerance) for k in SMALL}
    scaled = {k: factor for k, factor in factors.items() if factor is not None}
    plain = all(factor == 1.0 for factor in scaled.values())
    if len(scaled) < len(SMALL) or (plain and multiple(subject, one, term, n, tolerance) != 1.0):
        return None
    found = _integrated(term) if fast else _integrated_by_calls(term)
    if not np.isfinite(found.mean).all():
        notes.said.append("at n = 1 it is not finite")
        return None
    way = fast.way if fast else ""
    if plain:
        return Known({1: found}, True, term, n, tuple(notes.said), way)
    at = {k: _times(found, factor, k) for k, factor in scaled.items()}
    of, times = (" and ".join(f"{x:.6g}" for x in part) for part in (scaled, scaled.values()))
    notes.said.append(f"for n = {of} it is {times} times the mean of independent terms")
    return Known(at, False, called(subject, min(at)), n, tuple(notes.said), way, factors=scaled)


def _times(one: Moments, factor: float, k: int) -> Moments:
    """Of ``factor`` times the mean of ``k`` independent terms; the nodes are counted once."""
    part = factor**2 / k
    return replace(
        one,
        mean=factor * one.mean,
        mean_error=abs(factor) * one.mean_error,
        variance=part * one.variance,
        variance_error=part * one.variance_error,
        nodes=one.nodes if k == min(SMALL) else 0,
    )


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
            fast = at_once(subject, many, k, tolerance)
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
    most = MOST_ATOMS if orders is None else MOST_ATOMS // orders[-1] ** 2
    _check_size(term, most if term.continuous else MOST_ENUMERATED, MOST_AT_ONCE)
    found = smooth_moments(term.evaluate, term.axes, None, orders)
    if found is None:
        found = doubly_moments(term.evaluate, term.axes, None)
        found = found if found and is_settled(found) else None
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
        subject = by_choice(subject, like.choice) if like and like.choice else subject
        factor = like.factors.get(n) if like else None
        found = _moments_at(subject, n if factor is None else 1, like, tolerance)
        return found if factor is None else _times(found, factor, n)
    except (Unreplayable, UserError, NoExactEvidence):
        return None


def _moments_at(subject: Subject, n: int, like: Known | None, tolerance: float) -> Moments:
    slow = called(subject, n)
    tried = like is None or like.way
    fast = at_once(subject, slow, n, tolerance, like.way if like else "") if tried else None
    return _integrated(fast) if fast else _integrated_by_calls(slow)
