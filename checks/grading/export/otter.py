"""``otter/final_grades.csv``, with the columns and the first row of ``otter grade``.

Source: otter-grader 7.0.0, ``otter.grade.utils.merge_scores_to_df``: questions in alphabetical order, the
first row holds the points of each question, and ``percent_correct`` is a part of one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from checks.grading.export._tables import Fixed, Value, table
from checks.grading.marks import number
from checks.grading.results import Results
from checks.grading.students import Graded

FIRST = "points-per-question"


def export(results: Results) -> Iterator[tuple[str, str]]:
    """The points of each question, then one row for each student by name."""
    items = {item.name: item.total for item in results.assignment.items}
    questions = sorted(items)
    head = ["file", *questions, "total_points_earned", "percent_correct", "grading_status"]
    points: list[Value] = [
        FIRST,
        *(number(items[q]) for q in questions),
        number(results.assignment.total),
        1,
        Fixed("--"),
    ]
    names = results.students.names
    order = sorted(range(len(names)), key=names.__getitem__)
    rows = (_row(results.students[i], questions) for i in order)
    yield "otter/final_grades.csv", table(head, itertools.chain([points], rows))


def _row(one: Graded, questions: list[str]) -> list[Value]:
    scores = {m.task: number(m.score) for m in one.marked}
    part = float(one.score / one.out_of) if one.out_of else 0.0
    status = one.handed.problem or one.handed.failure or "Completed"
    return [one.handed.student, *(scores[q] for q in questions), number(one.score), round(part, 6), status]
