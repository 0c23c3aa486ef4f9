"""Marks follow the rubric exactly; what is not decided is left to a person and is nobody's zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from checks.grading.answers import Coordinate
from checks.grading.assignment import Late, Written
from checks.grading.marks import Marked, lateness, mark, mark_written, moment, number
from tests.checks.grading.samples import HALF, MET, RIGHT, WRONG, assignment, finding, results

OPEN = (RIGHT[0], Coordinate("sigma", "inconclusive"))
NO_ANSWER = finding(outcome="no answer", failure="raised", coordinates=(), met={}, says="NameError")
AS_A_WHOLE = finding(outcome="refuted", coordinates=(), met={**MET, "unbiased": None})
CASES: dict[str, tuple[dict[str, Any] | None, str, bool]] = {
    "all right": (finding(), "6", False),
    "half right": (WRONG, "4", False),
    "other variance": (finding(met={**MET, "variance": False}), "5", False),
    "one sample": (finding(met={**MET, "n_samples": False}), "5", False),
    "nothing right": (
        finding(outcome="refuted", coordinates=(replace(HALF[1], name="mu"), HALF[1]), met={}), "0", True,
    ),
    "no program": (None, "0", False),
    "raises": (NO_ANSWER, "0", False),
    "closed form": (finding(met={**MET, "no_closed_form": False}), "0", False),
    "undecided": (finding(outcome="inconclusive", coordinates=OPEN), "2", True),
    "undecided variance": (finding(met={**MET, "variance": None}), "5", True),
    "broken": (finding(outcome="broken", coordinates=()), "0", True),
    "refuted as a whole": (AS_A_WHOLE, "2", False),
}  # fmt: skip


@pytest.mark.parametrize(("found", "score", "is_open"), CASES.values(), ids=CASES)
def test_marks(tmp_path: Path, found: dict[str, Any] | None, score: str, is_open: bool) -> None:
    marked = mark(assignment(tmp_path).tasks[0], found)
    assert (marked.score, marked.out_of, marked.open) == (Fraction(score), 6, is_open)


def test_a_closed_form_may_be_allowed(tmp_path: Path) -> None:
    task = replace(assignment(tmp_path).tasks[0], closed_form=True)
    assert mark(task, finding(met={**MET, "no_closed_form": False})).score == 6


def test_thirds_are_thirds(tmp_path: Path) -> None:
    three = (*HALF, replace(RIGHT[0], name="nu"))
    marked = mark(assignment(tmp_path).tasks[0], finding(outcome="refuted", coordinates=three))
    assert marked.parts[0].score == Fraction(8, 3)


def _late(**changes: Any) -> Late:
    due = datetime(2026, 12, 1, 12, tzinfo=UTC)
    usual = {"grace": 600.0, "per_day": Fraction(1, 10), "at_most": Fraction(1, 4)}
    return Late(due, "file-times", line=None, **{**usual, **changes})


@pytest.mark.parametrize(
    ("after", "days", "part"),
    [(-5.0, 0, "0"), (0.0, 0, "0"), (600.0, 0, "0"), (601.0, 1, "1/10"), (87_000.0, 1, "1/10"),
     (87_001.0, 2, "1/5"), (9e6, 105, "1/4")],
)  # fmt: skip
def test_each_begun_day_costs(after: float, days: int, part: str) -> None:
    policy = _late()
    found = lateness(policy, policy.due.timestamp() + after)
    assert found is not None
    assert (found.days, found.part) == (days, Fraction(part))


def test_without_a_time_nobody_is_late() -> None:
    assert lateness(_late(), None) is None
    assert lateness(None, 1.0) is None


def test_lateness_costs_a_part_of_what_was_reached(tmp_path: Path) -> None:
    made = assignment(tmp_path)
    both = {"tasks": [WRONG, finding("score")], "written": []}
    (one,) = results(replace(made, late=_late()), [("ann", both)]).students
    late = replace(one, late=lateness(_late(), _late().due.timestamp() + 90_000))
    assert (late.raw, late.penalty, late.score) == (6, Fraction(6, 5), Fraction(24, 5))


def test_times_need_an_offset() -> None:
    assert moment("2026-12-01T00:00:00+01:00") == datetime(2026, 11, 30, 23, tzinfo=UTC).timestamp()
    assert moment("2026-12-01T00:00:00") is None
    assert moment("yesterday") is None


def test_a_failure_of_the_grader_is_for_a_person(tmp_path: Path) -> None:
    made = assignment(tmp_path)
    (one,) = results(made, [("ann", {"tasks": [], "written": []})]).students
    from checks.grading.students import Students

    (failed,) = Students(made, [replace(one.handed, failure="it died")], lambda _: None, {})
    assert failed.open
    assert all(p.score is None for m in failed.marked for p in m.parts)
    assert all(m.zero is None for m in failed.marked)


ESSAY = Written("d", "D", "d.md", "normal", "a", None, {"result": Fraction(1), "steps": Fraction(3)}, None, 1)


def test_a_derivation_is_worth_the_share_of_its_lines() -> None:
    found = {"problem": None, "shares": {"result": [0, 1], "steps": [2, 3]}}
    assert mark_written(ESSAY, found).score == 2
    assert mark_written(ESSAY, {"problem": None, "shares": {"result": [1, 1]}}).open
    assert mark_written(ESSAY, None) == Marked("d", mark_written(ESSAY, None).parts, "there is no file d.md")


def test_marks_are_written_short() -> None:
    assert [number(Fraction(x)) for x in ("4", "8/3", "-1/2")] == [4, 2.6667, -0.5]
