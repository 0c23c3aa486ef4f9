"""What a class found hard: each task's marks, its wrong parameters, the mistakes, the distribution."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from statistics import mean, median
from typing import Any

from checks.grading.marks import Marked, number
from checks.grading.results import Results
from checks.grading.students import Findings, Graded

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
    """All figures of a class, the hardest task first; everybody is gone through once."""
    items = results.assignment.items
    tasks = [_Task(item.name, item.title, number(item.total)) for item in items]
    scores: list[Fraction] = []
    shares = Counter[int]()
    counts = Counter[str]()
    mistakes = Counter[str]()
    says: dict[str, str] = {}
    copies: dict[tuple[str, ...], None] = {}
    for one in results.students:
        scores.append(one.score)
        share = one.score / one.out_of if one.out_of else Fraction(0)
        shares[min(int(share * BINS), BINS - 1)] += 1
        counts.update(_states(one))
        kinds = {name: f for f in one.findings.get("tasks", ()) if (name := _kind(f)) is not None}
        mistakes.update(kinds.keys())
        says |= {name: f["diagnosis"]["says"] if f["diagnosis"] else "" for name, f in kinds.items()}
        if one.copies:
            copies[tuple(sorted((one.handed.student, *one.copies)))] = None
        for task, marked in zip(tasks, one.marked):
            task.add(marked, one.finding(task.name))
    return Figures(
        count=len(scores),
        unread=counts["unread"],
        open=counts["open"],
        late=counts["late"],
        out_of=number(results.assignment.total),
        mean=round(float(mean(scores or [Fraction(0)])), 2),
        median=round(float(median(scores or [Fraction(0)])), 2),
        tasks=tuple(sorted((t.figures() for t in tasks), key=lambda t: t.share)),
        mistakes=tuple((name, says[name], n) for name, n in _ranked(mistakes)),
        distribution=tuple(shares[i] for i in range(BINS)),
        copies=tuple(copies),
    )


def _states(one: Graded) -> list[str]:
    found = {
        "unread": one.handed.problem is not None,
        "open": one.open,
        "late": bool(one.late and one.late.days),
    }
    return [name for name, holds in found.items() if holds]


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first, then by name."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


class _Task:
    """Counts of one task."""

    def __init__(self, name: str, title: str, out_of: float) -> None:
        self.name, self.title, self.out_of = name, title, out_of
        self.count = self.full = self.none = self.open = 0
        self.share = Fraction(0)
        self.wrong = Counter[str]()

    def add(self, marked: Marked, found: Findings | None) -> None:
        share = marked.score / marked.out_of if marked.out_of else Fraction(0)
        self.count += 1
        self.share += share
        self.full += share == 1
        self.none += share == 0
        self.open += marked.open
        coordinates = found.get("coordinates", ()) if found is not None else ()
        self.wrong.update(c["name"] for c in coordinates if c["outcome"] == "refuted")

    def figures(self) -> TaskFigures:
        share = round(float(self.share / self.count), 4) if self.count else 0.0
        wrong = tuple(_ranked(self.wrong))
        return TaskFigures(self.name, self.title, self.out_of, share, self.full, self.none, self.open, wrong)


def _kind(found: dict[str, Any]) -> str | None:
    if found["diagnosis"]:
        return str(found["diagnosis"]["mistake"])
    if found["failure"]:
        return f"no answer: {found['failure']}"
    return UNKNOWN if found["outcome"] == "refuted" else None
