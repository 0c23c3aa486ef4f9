"""``nbgrader.csv``, with the columns of ``nbgrader export``.

Source: nbgrader 0.9.6, ``nbgrader.plugins.export.CsvExportPlugin``: times are UTC without an offset, the
penalty is in marks, and the score is the raw one without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from checks.grading.export._tables import Value, table
from checks.grading.marks import number
from checks.grading.results import Results
from checks.grading.students import Graded

COLUMNS = ("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
           "raw_score", "late_submission_penalty", "score", "max_score")  # fmt: skip


def export(results: Results) -> Iterator[tuple[str, str]]:
    """One row for each student."""
    yield "nbgrader.csv", table(COLUMNS, (_row(results, one) for one in results.students))


def _row(results: Results, one: Graded) -> list[Value]:
    late = results.assignment.late
    return [
        results.assignment.path.stem,
        _utc(late.due.timestamp()) if late else "",
        _utc(results.students.time(one.handed)),
        one.handed.student,
        "",
        "",
        "",
        float(number(one.raw)),
        float(number(one.penalty)),
        float(number(one.score)),
        float(number(one.out_of)),
    ]


def _utc(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
