"""What a part of the benchmarks gives: rows that were measured in one run, and what they say of a goal.

How to add a part: a module ``tests/benchmarks/NAME.py`` with ``part(quick: bool) -> Part`` (``measure`` where
that name is free). It is then found by its name: ``python -m tests.benchmarks NAME`` measures it, and writes
``OUT/measured/NAME.json`` and the page ``OUT/benchmarks.md``, which renders all parts that lie there.
``--out docs/handbook`` is where the documents keep theirs: commit NAME.json together with the page. Modules
that are no parts begin with an underscore.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Rows = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that was aimed at, and what was reached; ``met`` None where it was not measured."""

    says: str
    reached: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """A further table of a part; rows as plain numbers and words, all of one shape."""

    says: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Part:
    """Rows as plain numbers and words, all of one shape; ``more`` are tables of other shapes."""

    name: str
    says: str
    rows: Rows
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    more: tuple[Table, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Part:
        """The inverse of ``to_json``."""
        goals = tuple(Goal(**goal) for goal in data["goals"])
        more = tuple(Table(t["says"], tuple(t["rows"])) for t in data.get("more", ()))
        return cls(data["name"], data["says"], tuple(data["rows"]), goals, tuple(data["notes"]), more)

    def table(self) -> str:
        """In Markdown, with goals and notes below."""
        blocks = [f"## {self.name}", self.says]
        for rows, says in ((self.rows, ""), *((t.rows, t.says) for t in self.more)):
            blocks += [block for block in (says, _rows(rows)) if block]
        goals = [f"- {_mark(g.met)} {g.says}: {g.reached}" for g in self.goals]
        blocks.append("\n".join([*goals, *(f"- {note}" for note in self.notes)]))
        return "\n\n".join(block for block in blocks if block)


def _rows(rows: Rows) -> str:
    if not rows:
        return ""
    head = list(rows[0])
    lines = [_line(head), _line(["---"] * len(head))]
    return "\n".join([*lines, *(_line([_cell(row[key]) for key in head]) for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if value is None or value != value:  # what JSON has for nan, and nan
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value).replace("|", "\\|")


def _mark(met: bool | None) -> str:
    return {True: "reached", False: "MISSED", None: "not measured"}[met]


def progress(what: str) -> None:
    """Say on the standard error what is being measured."""
    sys.stderr.write(f"  {what}\n")
    sys.stderr.flush()


def interleaved(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each run, one after another in every round, after one round that is not counted.

    Interleaving keeps a machine's moods out of the ratios; CPU time keeps other programs out of the times;
    and the garbage that one run left is collected before the next one starts.
    """
    for run in runs.values():
        run()
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            start = time.process_time()
            run()
            times[name].append(time.process_time() - start)
    gc.unfreeze()
    return times


def median(times: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(times)


def spread(times: Sequence[float]) -> str:
    """The least and the greatest, relative to the median."""
    middle = statistics.median(times) or 1.0
    return f"{min(times) / middle:.2f}-{max(times) / middle:.2f}"


def ratios(times: Sequence[float], to: Sequence[float]) -> list[float]:
    """Round by round, so that what slowed one round slowed both."""
    return [a / b for a, b in zip(times, to, strict=True)]
