"""``gradescope/NAME/results.json``, as Gradescope's autograders write it.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/ (output format).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.grading.export.json import dumped
from checks.grading.marks import Marked, number
from checks.grading.results import Results
from checks.grading.students import Graded
from checks.grading.words import Told, joined, told


def export(results: Results) -> Iterator[tuple[str, str]]:
    """One file for each student."""
    for one in results.students:
        path = f"gradescope/{results.files[one.handed.student]}/results.json"
        yield path, dumped(as_gradescope(results, one))


def as_gradescope(results: Results, one: Graded) -> dict[str, Any]:
    """A student's results: a test for each task; the total is given, because lateness is in it."""
    words = told(results.assignment, one)
    return {
        "score": number(one.score),
        "output": _output(one),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(i, m, t) for i, (m, t) in enumerate(zip(one.marked, words), 1)],
        "extra_data": {"gradproof": dict(results.versions), "needs_a_person": one.open},
    }


def _output(one: Graded) -> str:
    lines = list(one.handed.notes)
    if one.handed.problem:
        lines.insert(0, f"{one.handed.problem}{'; ' + one.handed.help if one.handed.help else ''}")
    if one.open:
        lines.append("a person will look at what could not be decided")
    if one.late and one.late.days:
        lines.append(f"{one.late.days} days late: {number(one.penalty)} marks less")
    return "\n".join(lines)


def _test(i: int, marked: Marked, words: Told) -> dict[str, Any]:
    return {
        "score": number(marked.score),
        "max_score": number(marked.out_of),
        "status": "passed" if marked.score == marked.out_of else "failed",
        "name": words.title,
        "number": str(i),
        "output": joined(words),
        "visibility": "visible",
    }
