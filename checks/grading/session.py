"""``grade`` from the assignment to the reports, and ``self-check`` of one file."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checks.grading import folder, secret
from checks.grading.assignment import Assignment
from checks.grading.classroom import Class, judge, submission
from checks.grading.collecting.listing import Entry, entries
from checks.grading.engines import Cluster, Here, Local
from checks.grading.errors import BadAssignment, NoSubmissions, Unreadable
from checks.grading.export import EXPORTS, Text
from checks.grading.export.json import dumped, summary
from checks.grading.marks import moment, number
from checks.grading.progress import Progress
from checks.grading.reading import read
from checks.grading.records import record
from checks.grading.results import Results
from checks.grading.secret import PUBLIC, Secret
from checks.grading.spec import OPEN, Spec, make
from checks.grading.store import NAME, Store
from checks.grading.students import FILE_TIMES, Graded, Handed, Students
from checks.grading.words import joined, told
from checks.quantities import processors
from checks.verdict import versions
from derive.cache import Cache, default_folder

Say = Callable[[str], None]
LARGEST_TIMES = 64 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    assignment: Path
    submissions: tuple[Path, ...]
    out: Path | None = None
    formats: tuple[str, ...] = ("html", "csv", "json")
    workers: int | None = None
    scheduler: str | None = None
    fail_under: float | None = None
    as_json: bool = False
    quiet: bool = False


def grade_class(wanted: Wanted, say: Say, hint: Say) -> int:
    """Grade, write the reports, and say how it went. Exit 0; 1 where somebody is below ``fail_under``.

    Raises the ``GradingError`` of whatever makes grading impossible, before anything is written.
    """
    started = time.monotonic()
    assignment = read(wanted.assignment)
    times = _times(assignment)
    listed = entries(wanted.submissions, _not_submissions(assignment))
    out = folder.claim(wanted.out or Path(f"{assignment.path.stem}-grades"))
    key, new = secret.load(assignment)
    if new:
        hint(f"made {secret.path_of(assignment)}: keep it for regrades, and hand it out to nobody")
    with Progress(sys.stderr, not wanted.quiet, hint) as progress:
        workers = wanted.workers or processors()
        spec = make(assignment, key, Cache(default_folder()), workers, progress)
        with Store(out / NAME) as store, _going_on(store, out, hint):
            known = _judged(wanted, listed, spec, store, workers, progress)
            students = Students(assignment, known.handed, lambda d: store.get(spec.key, d), times)
            results = Results(assignment, students, versions())
            folder.write(out, _texts(results, wanted.formats))
            return _told(results, known, wanted, out, time.monotonic() - started, say, hint)


def _told(
    results: Results, known: Class, wanted: Wanted, out: Path, seconds: float, say: Say, hint: Say
) -> int:
    """Say how it went; the exit code."""
    if wanted.as_json:
        say(dumped(summary(results)).rstrip())
    tally = Tally()
    for one in results.students:
        tally.add(one)
    if not wanted.quiet:
        hint(tally.says(known.judged, out, seconds))
    return int(wanted.fail_under is not None and tally.least < wanted.fail_under)


class Tally:
    """Counts of a class, for the last line."""

    def __init__(self) -> None:
        self.count = self.full = self.unread = self.open = 0
        self.least = 1.0

    def add(self, one: Graded) -> None:
        """Count somebody."""
        self.count += 1
        self.full += one.score == one.out_of
        self.unread += one.handed.problem is not None
        self.open += one.open
        self.least = min(self.least, float(one.score / one.out_of))

    def says(self, judged: int, out: Path, seconds: float) -> str:
        """The counts in words."""
        parts = [f"{self.count} submissions", f"{self.full} with full marks", f"{judged} judged now"]
        parts += [f"{self.unread} not readable"] if self.unread else []
        parts += [f"{self.open} for a person"] if self.open else []
        return f"{', '.join(parts)}, in {seconds:.1f} s; see {out}"


def _judged(
    wanted: Wanted, listed: tuple[Entry, ...], spec: Spec, store: Store, workers: int, progress: Progress
) -> Class:
    if wanted.scheduler is not None:
        with Cluster(spec, wanted.scheduler) as cluster:
            return judge(listed, spec, store, cluster, progress)
    with Local(spec, min(workers, len(listed))) as local:
        return judge(listed, spec, store, local, progress)


@contextmanager
def _going_on(store: Store, out: Path, hint: Say) -> Iterator[None]:
    """Says what is kept, when somebody interrupts."""
    try:
        yield
    except KeyboardInterrupt:
        hint(f"{store.count()} submissions are judged and kept in {out}: the same command goes on from there")
        raise


def _texts(results: Results, formats: tuple[str, ...]) -> Iterator[tuple[str, Text]]:
    for name in formats:
        yield from EXPORTS[name](results)


def check(path: Path, as_json: bool, say: Say, hint: Say) -> int:
    """Read the assignment and prove that every expectation exists at every point. Exit 0; raises if not."""
    assignment = read(path)
    _times(assignment)
    with Progress(sys.stderr, True, hint) as progress:
        key = Secret(PUBLIC)
        if secret.path_of(assignment).exists() or secret.VARIABLE in os.environ:
            key, _ = secret.load(assignment)
        spec = make(assignment, key, Cache(default_folder()), processors(), progress, explaining=False)
    rows = _overview(assignment, spec)
    if as_json:
        say(
            json.dumps(
                {"assignment": assignment.title, "out_of": number(assignment.total), "tasks": rows}, indent=2
            )
        )
    else:
        lines = [f"{r['task']}: {r['out_of']} marks, {r['about']}" for r in rows]
        say("\n".join([f"{assignment.title}: {number(assignment.total)} marks", *lines]))
    return 0


def _overview(assignment: Assignment, spec: Spec) -> list[dict[str, Any]]:
    rows = []
    for task, points in zip(assignment.tasks, spec.points):
        about = f"{task.integrand} under {task.family}, {len(points)} point{'s' * (len(points) > 1)}"
        rows.append({"task": task.name, "out_of": number(task.marks.total), "about": about})
    for written in assignment.written:
        about = f"a derivation in {written.file}"
        rows.append({"task": written.name, "out_of": number(written.total), "about": about})
    return rows


def check_own(path: Path, file: Path, as_json: bool, say: Say, hint: Say) -> int:
    """Judge one's own file, unsealed, at points of its own. Exit 0 full marks, 1 not, 3 something open.

    Raises ``Unreadable`` where the file cannot be read.
    """
    assignment = read(path)
    if not os.path.lexists(file):
        raise NoSubmissions(f"there is no file '{file}'", "`self-check --help` shows the usage")
    (entry, *_) = entries([file, file])
    made = submission(assignment, entry)
    if made.problem is not None:
        raise Unreadable(f"'{file}': {made.problem}", made.help)
    hint("self-check: not sealed, and at other points and seeds than the grading")
    one_point = replace(assignment, variants=1)
    with Progress(sys.stderr, True, hint) as progress:
        spec = make(one_point, Secret(PUBLIC), Cache(default_folder()), processors(), progress, judging=OPEN)
    from checks.grading.work import Job

    with Here(spec) as engine:
        (answer,) = engine.submit((Job(made.digest, made.code, made.written),)).result()
    (one,) = Students(assignment, [Handed.of(made)], lambda _: answer.findings, {})
    if as_json:
        say(dumped({**record(assignment, one, versions()), "sealed": False}).rstrip())
    else:
        say(_own_words(assignment, one))
    return 3 if one.open else int(one.score != one.out_of)


def _own_words(assignment: Assignment, one: Any) -> str:
    lines = []
    for marked, words in zip(one.marked, told(assignment, one)):
        mark = "?" if marked.open else "ok" if marked.score == marked.out_of else "FAIL"
        lines.append(f"{mark:4}  {words.task}  {number(marked.score)} of {number(marked.out_of)}")
        lines += [f"      {line}" for line in joined(words).splitlines()]
    lines += [f"note: {note}" for note in one.handed.notes]
    return "\n".join([*lines, f"{number(one.score)} of {number(one.out_of)} marks (self-check, not sealed)"])


def _not_submissions(assignment: Assignment) -> tuple[Path, ...]:
    """Files that may lie beside submissions: the assignment's own."""
    times = () if assignment.late is None else (assignment.path.parent / assignment.late.submitted,)
    return (assignment.path, secret.path_of(assignment), *times)


def _times(assignment: Assignment) -> Mapping[str, float]:
    """When each student handed in, from the table that the assignment names; raises ``BadAssignment``."""
    late = assignment.late
    if late is None or late.submitted == FILE_TIMES:
        return {}
    path = assignment.path.parent / late.submitted
    help = "a CSV file with the columns student and submitted, times as 2026-12-01T23:59:00+01:00"
    try:
        if path.stat().st_size > LARGEST_TIMES:
            raise BadAssignment(f"'{late.submitted}' is larger than 64 MB", assignment.path, late.line, help)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadAssignment(
            f"'{late.submitted}' cannot be read: {error}", assignment.path, late.line, help
        ) from None
    found = {}
    for i, row in enumerate(rows, 2):
        student, at = row.get("student"), moment(row.get("submitted") or "")
        if not student or at is None:
            what = f"line {i} of '{late.submitted}' is no student with a time"
            raise BadAssignment(what, assignment.path, late.line, help)
        found[student] = at
    return found
