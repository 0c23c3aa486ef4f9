"""Attempts with a limit, in a process that can be killed: cold each time, and one method beside the other."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from functools import _lru_cache_wrapper, cache
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from sympy.core.cache import clear_cache

from tests.benchmarks._grid import Cell, agrees, reason
from tests.benchmarks._methods import METHODS, number

# Caches of ours that hold results. Others hold what was read at the start: families, grammars, kinds.
_RESULTS = tuple(
    f"derive.{name}" for name in ("closed_form", "numeric", "cells", "switches", "roots", "laws")
)
# How often a process is looked at, and after how many times the limit in wall time it is given up anyway.
_LOOK, _PATIENCE = 0.05, 12.0


class Attempt(NamedTuple):
    """``solved``, ``wrong``, ``no answer`` or ``out of time``; CPU seconds."""

    outcome: str
    seconds: float


class Solver:
    """A process for one method; it is killed and replaced when its CPU time is used up.

    ``spent`` is the CPU time of all attempts so far.
    """

    def __init__(self, method: str, limit: float) -> None:
        self.method, self.limit, self.spent = method, limit, 0.0
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, trace: TracebackType | None) -> None:
        self._stop()

    def attempt(self, cell: Cell) -> Attempt:
        """One cold attempt."""
        before, begun = _cpu(self._process.pid), time.monotonic()
        self._end.send(cell)
        while not self._end.poll(_LOOK):
            waited = time.monotonic() - begun
            if _cpu(self._process.pid) - before > self.limit or waited > _PATIENCE * self.limit:
                self._stop()
                self._start()
                self.spent += self.limit
                return Attempt("out of time", self.limit)
        found: Attempt = self._end.recv()
        # The system counts in ticks, and not at all where it does not tell.
        self.spent += max(_cpu(self._process.pid) - before, found.seconds)
        return found

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self._end, its = context.Pipe()
        self._process = context.Process(target=_serve, args=(its, self.method), daemon=True)
        self._process.start()
        its.close()

    def _stop(self) -> None:
        self._end.close()
        self._process.kill()
        self._process.join()


def _cpu(pid: int | None) -> float:
    """The CPU seconds of a process; 0 where the system does not tell, so that the wall time decides."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


def _serve(end: Connection, method: str) -> None:
    while True:
        try:
            cell = end.recv()
        except EOFError:
            return
        end.send(_attempt(method, cell))


def _attempt(method: str, cell: Cell) -> Attempt:
    forget()
    start = time.process_time()
    try:
        found = METHODS[method](cell)
        spent = time.process_time() - start
        exact = number(found, cell)
    except Exception:  # whatever a peer raises, it has no answer
        return Attempt("no answer", time.process_time() - start)
    if exact is None:
        return Attempt("no answer", spent)
    return Attempt("solved" if reason(cell) is None and agrees(exact, cell) else "wrong", spent)


def forget() -> None:
    """Every cache of results emptied, SymPy's and ours: what is timed next is cold."""
    clear_cache()
    for held in _caches(len(sys.modules)):
        held.cache_clear()


@cache
def _caches(_: int) -> tuple[_lru_cache_wrapper[object], ...]:
    """Those of the modules that are loaded by now."""
    return tuple(
        held
        for held in gc.get_objects()
        # By type(): asking some objects for their class makes them warn.
        if type(held) is _lru_cache_wrapper and held.__module__.startswith(_RESULTS)
    )
