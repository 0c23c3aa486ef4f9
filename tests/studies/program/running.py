"""The cases on any engine; rows are kept as they are made, and a run that was interrupted goes on."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from checks.engines import Engine, finished
from tests.studies.program.judging import Row, judged, tasks

# Rows of another version of the study are not counted.
VERSION = 2


def kept(file: Path | None, seed: int) -> dict[int, Row]:
    """The rows that a file holds, by their number; a last line that was cut off is left out."""
    found: dict[int, Row] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file and file.exists() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        if record["of"] == [VERSION, seed]:
            found[record["row"]["index"]] = record["row"]
    return found


def run(
    engine: Engine,
    seed: int,
    cases: int,
    file: Path | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
    seconds: float | None = None,
) -> list[Row]:
    """The rows of so many cases, in order; those that the file holds are not made again.

    After so many ``seconds`` no more are waited for.
    """
    found = kept(file, seed)
    todo = tasks(seed, [i for i in range(cases) if i not in found])
    until = time.monotonic() + seconds if seconds is not None else None
    progress(len(found), cases, "")
    for _, rows in finished(engine, judged, todo, 2 * engine.workers):
        _add(file, seed, rows)
        found |= {row["index"]: row for row in rows}
        progress(len(found), cases, f"{rows[0]['family']}, {rows[0]['integrand']}")
        if until is not None and time.monotonic() > until:
            break
    return [found[i] for i in sorted(found) if i < cases]


def _add(file: Path | None, seed: int, rows: Iterable[Row]) -> None:
    if file is None:
        return
    lines = "".join("\n" + json.dumps({"of": [VERSION, seed], "row": row}) for row in rows)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(lines)  # first the newline: the last line may have been cut off


class Telling:
    """Progress on stderr, with the time left."""

    def __init__(self, every: float = 20.0) -> None:
        self.every, self.start, self.told = every, time.monotonic(), float("-inf")
        self.first: int | None = None

    def __call__(self, done: int, total: int, name: str) -> None:
        """Now and then; ``name`` is what was done last."""
        from checks.grading.progress import left

        now = time.monotonic()
        self.first = done if self.first is None else self.first
        if now - self.told >= self.every or done == total:
            self.told = now
            rest = left(now - self.start, done - self.first, total - done)
            sys.stderr.write(f"{done} of {total}{rest}  {name}\n")


def without_times(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """What does not depend on the machine."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]
