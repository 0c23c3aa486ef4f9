"""``grades.json`` for the class, and each student's record in ``students/``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from checks.grading.marks import number
from checks.grading.records import record
from checks.grading.results import Results

SCHEMA = "gradproof/grades@1"


def export(results: Results) -> Iterator[tuple[str, str]]:
    """A record each, without other students' data, and the list of all."""
    for one in results.students:
        made = record(results.assignment, one, results.versions)
        yield f"students/{results.files[one.handed.student]}.json", dumped(made)
    yield "grades.json", dumped(summary(results))


def summary(results: Results) -> dict[str, object]:
    """The class as JSON: the marks of everybody, and who handed in the same."""
    rows = [
        {
            "student": one.handed.student,
            "score": number(one.score),
            "out_of": number(one.out_of),
            "tasks": {m.task: number(m.score) for m in one.marked},
            "needs_a_person": one.open,
            "problem": one.handed.problem,
            "failure": one.handed.failure,
            "copies": list(one.copies),
            "record": f"students/{results.files[one.handed.student]}.json",
        }
        for one in results.students
    ]
    return {
        "schema": SCHEMA,
        "assignment": results.assignment.title,
        "versions": dict(results.versions),
        "out_of": number(results.assignment.total),
        "students": rows,
    }


def dumped(data: object) -> str:
    """Indented JSON; numbers that are not finite would be a bug."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
