"""What a part of the benchmarks gives: rows that were measured in one run, and what they say of a goal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that was aimed at, and what was reached; ``met`` None where it was not measured."""

    says: str
    reached: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Part:
    """Rows as plain numbers and words, all of one shape."""

    name: str
    says: str
    rows: tuple[Mapping[str, Any], ...]
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def table(self) -> str:
        """In Markdown, with goals and notes below."""
        if not self.rows:
            return "\n".join([f"## {self.name}", "", self.says, *self.notes])
        head = list(self.rows[0])
        lines = [f"## {self.name}", "", self.says, "", _line(head), _line(["---"] * len(head))]
        lines += [_line([_cell(row[key]) for key in head]) for row in self.rows]
        lines += ["", *(f"- {_mark(g.met)} {g.says}: {g.reached}" for g in self.goals)]
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value).replace("|", "\\|")


def _mark(met: bool | None) -> str:
    return {True: "reached", False: "MISSED", None: "not measured"}[met]


def interleaved(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each run, one after another in every round, after one round that is not counted.

    Interleaving keeps a machine's moods out of the ratios; CPU time keeps other programs out of the times.
    """
    for run in runs.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.process_time()
            run()
            times[name].append(time.process_time() - start)
    return times


def median(times: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(times)


def spread(times: Sequence[float]) -> str:
    """The least and the greatest, relative to the median."""
    middle = statistics.median(times) or 1.0
    return f"{min(times) / middle:.2f}-{max(times) / middle:.2f}"
