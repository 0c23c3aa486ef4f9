"""How many samples a statistical check needs, and in which batches, fixed before the first is drawn."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from checks.evidence.arrays import Array
from checks.evidence.catoni import bet_sizes

FALSE_FAIL = 1e-6
FALSE_PASS = 1e-3
# The cap, in units of variance / delta**2. Of 20,000 simulated runs with a bias of delta (1, 2 and 8
# coordinates) all but 4e-4 were refuted within it, after 45 to 51 in the mean; right ones agreed, after 22.
COST = 100.0
# More batches tell gross errors sooner and cost more calls; the bounded bets need at least 24 batches.
BATCHES = 256
SMALLEST_BATCH = 64
# Sums of at most this many numbers come out the same for any number of threads.
CHUNK = 1 << 15


@dataclass(frozen=True, slots=True)
class Rates:
    """``false_fail``: a right estimator is refuted; ``false_pass``: one that is off by delta agrees."""

    false_fail: float = FALSE_FAIL
    false_pass: float = FALSE_PASS


@dataclass(frozen=True, slots=True)
class Plan:
    """At most ``batches`` batches of ``batch`` samples, to tell a bias of ``delta [d]`` from none."""

    batches: int
    batch: int
    delta: Array
    rates: Rates

    @property
    def bets(self) -> Array:
        return bet_sizes(self.batches, self.rates.false_fail)


def resolution(mean: Array, variance: Array, relative: float) -> Array:
    """The bias to be told, ``delta [d]``: relative to the gradient, or to a tenth of its spread if larger.

    A gradient of exactly zero has no relative bias; the spread caps the cost at ``1e4/relative**2`` samples.
    """
    return relative * np.maximum(np.abs(mean), 0.1 * np.sqrt(variance))


def plan(variance: Array, delta: Array, rates: Rates, at_least: int = SMALLEST_BATCH) -> Plan:
    """The plan for estimates of this ``variance [d]`` per sample."""
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(variance > 0, variance / delta**2, 0.0)
    batch = math.ceil(COST * float(np.max(needed, initial=0.0)) / BATCHES)
    return Plan(BATCHES, max(batch, at_least, SMALLEST_BATCH), delta, rates)


def seed_of(seed: int, identity: str, batch: int) -> int:
    """The generator's seed for one batch of one check.

    Torch keeps the low 32 bits of a seed: consecutive numbers never collide within a run, where hashed
    ones would (the birthday problem). The start is spread over the whole range by a ``SeedSequence``.
    """
    digest = hashlib.sha256(identity.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    start = int(np.random.SeedSequence([seed, *words]).generate_state(1)[0])
    return (start + batch) % 2**32
