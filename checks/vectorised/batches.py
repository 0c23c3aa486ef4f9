"""Batches for a sequential test from written-out rows, each batch held against the estimator's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from checks.evidence.plan import SMALLEST_BATCH
from checks.evidence.sampling import Batch, Run, draw
from checks.vectorised.numbers import quick_generator
from checks.vectorised.rows import Rows, rows_of

if TYPE_CHECKING:
    from checks.estimator import Estimator
    from checks.evidence.arrays import Array

# One row in so many is computed by the code as well, from the same draws.
SHARE = 16
# Rounding, relative to the largest row: two orders of the same few operations.
SAME = 1e-9
# The masses of a finite law must add up to one within rounding.
WHOLE = 1e-9


class Differs(Exception):
    """The rows written out are not those of the code."""


class Batches:
    """``batches(n, seed) -> Batch``: what ``draw(run, n, seed)`` gives in law, several times as fast.

    The first rows of every batch, one in ``SHARE``, are computed by the code as well, from the same draws,
    and must be equal: else ``Differs`` is raised, and the code itself has to be sampled. Of a finite law only
    the counts of its outcomes are drawn, a multinomial variable: mean and variance of ``n`` independent rows
    are functions of the counts, with exactly the same distribution. That is right where each row is a
    function of one draw, as here; not for code that sees ``n``, whose rows interact, or that somebody else
    wrote.
    """

    def __init__(self, rows: Rows, run: Run, masses: Array | None) -> None:
        self.rows, self.run, self.masses = rows, run, masses
        self.held = 0

    def __call__(self, n: int, seed: int) -> Batch:
        self._hold(max(min(n, SMALLEST_BATCH), n // SHARE), seed)
        if self.masses is not None:
            return self.counted(n, seed)
        rows = self.rows.stream(n, seed)
        return draw(lambda k, _: rows(k), n, seed, self.rows.p)

    def counted(self, n: int, seed: int) -> Batch:
        """A batch of a finite law by its counts alone."""
        assert self.rows.table is not None
        assert self.masses is not None
        counts = quick_generator(seed).multinomial(n, self.masses)
        return of_counts(counts.astype(np.float64), self.rows.table.numpy())

    def _hold(self, n: int, seed: int) -> None:
        mine = self.rows(n, torch.Generator().manual_seed(seed))
        own = self.run(n, torch.Generator().manual_seed(seed)).detach().to(torch.float64)
        allowed = SAME * own.abs().amax(0).clamp(min=1e-300)
        if mine.shape != own.shape or not ((mine - own).abs() <= allowed).all():
            raise Differs(f"the rows written out are not those of the code (seed {seed})")
        self.held += n


def of_counts(counts: Array, table: Array) -> Batch:
    """Mean and variance of the rows ``table [K, p]``, each taken ``counts [K]`` times."""
    n = float(counts.sum())
    mean = counts @ table / n
    return Batch(mean, counts @ (table - mean) ** 2 / max(n - 1.0, 1.0))


def batches_of(estimator: Estimator, problem: Any, run: Run) -> Batches | None:
    """Batches of a built-in estimator whose rows are written out; None for all other code."""
    rows = rows_of(estimator, problem)
    if rows is None:
        return None
    masses: Array | None = None
    if rows.table is not None:
        outcomes = torch.arange(len(rows.table), dtype=torch.float64)
        masses = torch.exp(problem.log_density(outcomes)).detach().numpy()
        if abs(masses.sum() - 1.0) > WHOLE:
            return None
        masses = masses / masses.sum()
    return Batches(rows, run, masses)
