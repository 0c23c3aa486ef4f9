"""``grades.csv``: one row for each student, one column for each task, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator

from checks.grading.export._tables import Value, table
from checks.grading.marks import number
from checks.grading.results import Results
from checks.grading.students import Graded

REMARKS = ("mistakes", "needs_a_person", "problem", "copies")


def export(results: Results) -> Iterator[tuple[str, str]]:
    """The table of the class."""
    tasks = [f"task_{t.name}" for t in results.assignment.items]
    head = ["student", "score", "out_of", "late_days", "penalty", *tasks, *REMARKS]
    yield "grades.csv", table(head, (_row(one) for one in results.students))


def _row(one: Graded) -> list[Value]:
    found = [f for f in one.findings.get("tasks", ()) if f["diagnosis"]]
    return [
        one.handed.student,
        number(one.score),
        number(one.out_of),
        one.late.days if one.late else None,
        number(one.penalty),
        *(number(m.score) for m in one.marked),
        "; ".join(f"{f['task']}: {f['diagnosis']['mistake']}" for f in found),
        "yes" if one.open else "",
        one.handed.problem or one.handed.failure,
        "; ".join(one.copies),
    ]
