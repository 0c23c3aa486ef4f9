"""Closed forms against `sympy.stats` and raw `integrate`: solved, wrong, out of time, and how much faster.

The grid is that of the tests, with five lattice laws beside the laws on the line. Every attempt is cold (all
caches of SymPy and of ours are emptied) in a process that has its modules loaded, one method after the other
on each cell. The peers judge nothing, so ours is timed without its judge, and with it on a line of its own.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from derive.cache import Cache
from derive.printed import Asked, printed
from tests.benchmarks._grid import Cell, cells, truth, without_value
from tests.benchmarks._methods import METHODS, applies, ours
from tests.benchmarks._solver import Attempt, Solver
from tests.benchmarks.part import Goal, Part, Table, median

# CPU seconds of one attempt: a choice. The peers' medians where they solve are a tenth of it.
LIMIT = 2.0
ROUNDS = 3
# An attempt that took longer is not repeated: what loads a machine for milliseconds does not change it.
_LONG = 0.5
# The grid is taken in one random order, always the same, and the methods get as far in it as they come in
# these seconds of the processor, so that a busy machine tries no fewer cells. A cell takes two or three of
# them, most of which is a peer's running out of time; a sixth is for cells that have no value.
PEER_SECONDS, NO_VALUE_SHARE, DISK_CELLS = 270.0, 1 / 6, 8
_EASY = (("normal", "a**2"), ("normal", "exp(a/2)"), ("exponential", "a**3"), ("poisson", "a"))
QUICK = tuple(Cell(*names) for names in _EASY)

Found = dict[tuple[str, Cell], Attempt]
Cells = Sequence[Cell]


def measure(quick: bool, peer_seconds: float = PEER_SECONDS) -> Part:
    """The peers on their sample beside ours, then ours on the whole grid."""
    whole = QUICK if quick else _shuffled(cells())
    empty = () if quick else _shuffled(without_value())
    for cell in whole:
        truth(cell)
    found: Found = {}
    with ExitStack() as stack:
        solvers = {method: stack.enter_context(Solver(method, LIMIT)) for method in METHODS}
        shared = _within((1.0 - NO_VALUE_SHARE) * peer_seconds, whole, solvers, found)
        absent = _within(NO_VALUE_SHARE * peer_seconds, empty, solvers, found)
        for cell in (*whole, *empty):
            if ("ours", cell) not in found:
                found["ours", cell] = solvers["ours"].attempt(cell)
    kept = _kept(_both("sympy.stats", found, shared)[: 1 if quick else DISK_CELLS])
    return _part(found, shared, absent, whole, kept)


def _shuffled(grid: Cells) -> tuple[Cell, ...]:
    return tuple(random.Random(0).sample(grid, len(grid)))


def _within(seconds: float, grid: Cells, solvers: dict[str, Solver], found: Found) -> tuple[Cell, ...]:
    """The cells that were tried by every method before so many CPU seconds were used; says how far it is."""
    begun = _spent(solvers)
    for done, cell in enumerate(grid):
        used = _spent(solvers) - begun
        if used > seconds:
            return tuple(grid[:done])
        at = f"{done + 1} of {len(grid)}, {used:.0f} of {seconds:.0f} CPU s"
        sys.stderr.write(f"  {at}: {cell.family}, {cell.integrand}\n")
        found |= _beside(cell, solvers)
    return tuple(grid)


def _spent(solvers: dict[str, Solver]) -> float:
    return sum(solver.spent for solver in solvers.values())


def _beside(cell: Cell, solvers: dict[str, Solver]) -> Found:
    """Each method in turn, and those that are quick in further rounds; the median of each."""
    attempts: dict[str, list[Attempt]] = {m: [] for m in solvers if applies(m, cell)}
    for _ in range(ROUNDS):
        for method, done in attempts.items():
            if not done or done[0].seconds < _LONG:
                done.append(solvers[method].attempt(cell))
    return {
        (method, cell): Attempt(done[0].outcome, median([a.seconds for a in done]))
        for method, done in attempts.items()
    }


def _hit(cell: Cell) -> float:
    """Seconds in which a form that this process has found before is found again."""
    ours(cell)
    start, times = time.process_time(), 400
    for _ in range(times):
        ours(cell)
    return (time.process_time() - start) / times


def _kept(chosen: Cells) -> dict[Cell, float]:
    """CPU seconds in which a judged derivation, all of it in every form, is read from the disk."""
    spent = {}
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        for cell in chosen:
            asked = Asked("score-function", cell.family, cell.integrand)
            printed(asked, cache)
            rounds = []
            for _ in range(9):
                start = time.process_time()
                printed(asked, cache)
                rounds.append(time.process_time() - start)
            spent[cell] = median(rounds)
    return spent


def geometric(ratios: Sequence[float]) -> float:
    """The geometric mean; not a number without any."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan


def _both(method: str, found: Found, over: Cells) -> list[Cell]:
    """The cells that the method and ours solve."""
    tried = [cell for cell in over if (method, cell) in found]
    return [c for c in tried if found[method, c].outcome == found["ours", c].outcome == "solved"]


def _row(method: str, found: Found, over: Cells) -> dict[str, Any]:
    mine = {cell: found[method, cell] for cell in over if (method, cell) in found}
    outcomes = [a.outcome for a in mine.values()]
    both = _both(method, found, over)
    ratios = [mine[c].seconds / found["ours", c].seconds for c in both]
    counts = {name: outcomes.count(name) for name in ("solved", "wrong", "no answer", "out of time")}
    times = [a.seconds for a in mine.values() if a.outcome == "solved"]
    return {
        "method": method,
        "cells": len(mine),
        **counts,
        "median ms where solved": 1e3 * median(times) if times else math.nan,
        "cells that ours solves too": len(both),
        "times ours (geometric mean)": geometric(ratios),
        "least and most": f"{min(ratios):.1f}-{max(ratios):.1f}" if ratios else "",
    }


def _part(found: Found, shared: Cells, absent: Cells, whole: Cells, kept: dict[Cell, float]) -> Part:
    rows = tuple(_row(method, found, shared) for method in METHODS)
    everything = _row("ours, whole grid", {**found, **_renamed(found, "ours, whole grid")}, whole)
    both = _both("sympy.stats", found, shared)
    again = geometric([found["sympy.stats", c].seconds / _hit(c) for c in both])
    disk = geometric([found["sympy.stats", c].seconds / spent for c, spent in kept.items()])
    claimed = _claimed(found, absent)
    wrong = everything["wrong"] + _wrong("ours", found)
    share, cold = everything["solved"] / len(whole), rows[2]["times ours (geometric mean)"]
    return Part(
        "Closed forms",
        f"Exact expectations with symbols for parameters. The first four lines are {_which(shared, whole)} "
        "each tried by every method that has the family, in turn, cold, in processes of their own and for at "
        f"most {LIMIT:g} CPU seconds; a ratio is over the cells that both solve. Right is what agrees with "
        "quadrature or summation.",
        (*rows, {**everything, "times ours (geometric mean)": 1.0, "least and most": ""}),
        (
            Goal("nothing wrong", f"{wrong} wrong", wrong == 0),
            Goal("at least 95 % of the cells with an answer solved", f"{100 * share:.1f} %", share >= 0.95),
            Goal("at least 20x sympy.stats, cold", f"{cold:.1f}x", cold >= 20),
            Goal("at least 1000x from the cache, in the process", f"{again:.0f}x", again >= 1000),
            Goal("at least 1000x from the cache, on disk", f"{disk:.0f}x", disk >= 1000),
        ),
        (
            "`ours, judged` also holds the form against a rigorous enclosure of the integral at the point.",
            "On disk lies the whole judged derivation in six formats; it was read for "
            f"{len(kept)} of the cells that both solve.",
        ),
        (Table("Cells whose expectation diverges or is not real, and how many got a value.", claimed),),
    )


def _which(shared: Cells, whole: Cells) -> str:
    """How many cells those are."""
    if len(shared) == len(whole):
        return f"the {len(whole)} cells of the grid that have an answer,"
    return f"{len(shared)} cells drawn at random from the grid's {len(whole)} that have an answer,"


def _renamed(found: Found, name: str) -> Found:
    return {(name, cell): attempt for (method, cell), attempt in found.items() if method == "ours"}


def _wrong(method: str, found: Found) -> int:
    """How often a value was found where there is none."""
    tried = (found[method, c].outcome for c in without_value() if (method, c) in found)
    return sum(outcome in ("solved", "wrong") for outcome in tried)


def _claimed(found: Found, absent: Cells) -> tuple[dict[str, Any], ...]:
    def cells_of(method: str) -> int:
        return sum((method, cell) in found for cell in without_value())

    methods = (m for m in METHODS if absent and m != "ours, judged")
    return tuple({"method": m, "cells": cells_of(m), "finite value": _wrong(m, found)} for m in methods)
