"""What a class found hard: each task's marks, its wrong parameters, the mistakes, the distribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import mean, median
from typing import Any

from checks.grading.marks import number
from checks.grading.results import Results
from checks.grading.students import Graded

BINS = 10
UNKNOWN = "no known mistake"


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """One task over the class; ``share`` is the mean part of its marks, ``wrong`` counts by parameter."""

    name: str
    title: str
    out_of: float
    share: float
    full: int
    none: int
    open: int
    wrong: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The class as a whole; marks are without what a person has still to decide."""

    count: int
    unread: int
    open: int
    late: int
    out_of: float
    mean: float
    median: float
    tasks: tuple[TaskFigures, ...]
    mistakes: tuple[tuple[str, str, int], ...]
    distribution: tuple[int, ...]
    copies: tuple[tuple[str, ...], ...]


def figures(results: Results) -> Figures:
    """All figures of a class, the hardest task first."""
    students = results.students
    scores = [one.score for one in students] or [Fraction(0)]
    items = enumerate(results.assignment.items)
    tasks = [_task(item.name, item.title, i, students) for i, item in items]
    return Figures(
        count=len(students),
        unread=sum(one.handed.problem is not None for one in students),
        open=sum(one.open for one in students),
        late=sum(bool(one.late and one.late.days) for one in students),
        out_of=number(results.assignment.total),
        mean=round(float(mean(scores)), 2),
        median=round(float(median(scores)), 2),
        tasks=tuple(sorted(tasks, key=lambda t: t.share)),
        mistakes=_mistakes(students),
        distribution=_distribution(students),
        copies=tuple(
            dict.fromkeys(tuple(sorted((o.handed.student, *o.copies))) for o in students if o.copies)
        ),
    )


def _task(name: str, title: str, i: int, students: Sequence[Graded]) -> TaskFigures:
    marked = [one.marked[i] for one in students]
    shares = [m.score / m.out_of if m.out_of else Fraction(0) for m in marked]
    found = [f for one in students if (f := one.finding(name)) is not None]
    wrong = Counter(c["name"] for f in found for c in f.get("coordinates", ()) if c["outcome"] == "refuted")
    return TaskFigures(
        name=name,
        title=title,
        out_of=number(marked[0].out_of) if marked else 0,
        share=round(float(mean(shares or [Fraction(0)])), 4),
        full=sum(s == 1 for s in shares),
        none=sum(s == 0 for s in shares),
        open=sum(m.open for m in marked),
        wrong=tuple(wrong.most_common()),
    )


def _mistakes(students: Sequence[Graded]) -> tuple[tuple[str, str, int], ...]:
    """Name, what it is, and how many students made it, the most frequent first."""
    says: dict[str, str] = {}
    count: Counter[str] = Counter()
    for one in students:
        kinds = {name: f for f in one.findings.get("tasks", ()) if (name := _kind(f)) is not None}
        count.update(kinds.keys())
        for name, f in kinds.items():
            says.setdefault(name, f["diagnosis"]["says"] if f["diagnosis"] else "")
    return tuple((name, says[name], n) for name, n in sorted(count.items(), key=lambda x: (-x[1], x[0])))


def _kind(found: dict[str, Any]) -> str | None:
    if found["diagnosis"]:
        return str(found["diagnosis"]["mistake"])
    if found["failure"]:
        return f"no answer: {found['failure']}"
    return UNKNOWN if found["outcome"] == "refuted" else None


def _distribution(students: Sequence[Graded]) -> tuple[int, ...]:
    """How many have which tenth of the marks; full marks are in the last."""
    counts = [0] * BINS
    for one in students:
        share = one.score / one.out_of if one.out_of else Fraction(0)
        counts[min(int(share * BINS), BINS - 1)] += 1
    return tuple(counts)
