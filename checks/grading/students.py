"""What is known of each student once the class is judged: where from, how late, with which marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, overload

from checks.grading.assignment import Assignment
from checks.grading.collecting.code import Place
from checks.grading.collecting.submission import Submission
from checks.grading.marks import Lateness, Marked, lateness, mark, mark_written

Findings = Mapping[str, Any]
# In place of a table of times: when the files of a submission were last changed.
FILE_TIMES = "file-times"


@dataclass(frozen=True, slots=True)
class Handed:
    """What is kept in memory of a submission while the class is judged: everything but its bytes.

    ``failure`` is the grader's, never the student's: it could not judge this one.
    """

    student: str
    digest: str
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None
    help: str | None = None
    modified: float | None = None
    failure: str | None = None
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, made: Submission) -> Handed:
        """What is kept of a submission."""
        files = (*dict.fromkeys(p.file for p in made.places), *(name for _, name, _ in made.written))
        return cls(made.student, "" if made.problem else made.digest, made.places, made.notes, made.problem,
                   made.help, made.modified, None, files)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Graded:
    """A student's submission with its findings and marks. ``copies`` hands in the same, to the last byte."""

    handed: Handed
    findings: Findings
    marked: tuple[Marked, ...]
    late: Lateness | None = None
    copies: tuple[str, ...] = ()

    @property
    def raw(self) -> Fraction:
        """Marks before lateness."""
        return sum((m.score for m in self.marked), Fraction(0))

    @property
    def penalty(self) -> Fraction:
        """What lateness costs."""
        return self.raw * self.late.part if self.late else Fraction(0)

    @property
    def score(self) -> Fraction:
        """Marks."""
        return self.raw - self.penalty

    @property
    def out_of(self) -> Fraction:
        """Full marks."""
        return sum((m.out_of for m in self.marked), Fraction(0))

    @property
    def open(self) -> bool:
        """Whether a person has to decide something."""
        return self.handed.failure is not None or any(m.open for m in self.marked)

    def finding(self, task: str) -> Findings | None:
        """What was found about one task, if anything."""
        both = (*self.findings.get("tasks", ()), *self.findings.get("written", ()))
        return next((f for f in both if f["task"] == task), None)


class Students(Sequence[Graded]):
    """Everybody with marks, in the order in which they stand; each is made when asked for.

    ``findings`` gives those of a submission's hash, ``times`` is when each student handed in. A large class
    is never in memory as a whole.
    """

    def __init__(
        self,
        assignment: Assignment,
        handed: Sequence[Handed],
        findings: Callable[[str], Findings | None],
        times: Mapping[str, float],
    ) -> None:
        self._assignment, self._handed, self._findings, self._times = assignment, handed, findings, times
        self._by_files = assignment.late is not None and assignment.late.submitted == FILE_TIMES
        self._same: dict[str, list[str]] = {}
        for one in handed:
            if one.digest:
                self._same.setdefault(one.digest, []).append(one.student)

    def __len__(self) -> int:
        return len(self._handed)

    @overload
    def __getitem__(self, index: int) -> Graded: ...

    @overload
    def __getitem__(self, index: slice) -> Students: ...

    def __getitem__(self, index: int | slice) -> Graded | Students:
        if isinstance(index, slice):
            return Students(self._assignment, self._handed[index], self._findings, self._times)
        return self._graded(self._handed[index])

    def __iter__(self) -> Iterator[Graded]:
        return map(self._graded, self._handed)

    @property
    def names(self) -> list[str]:
        """Everybody's name, without anything being read."""
        return [one.student for one in self._handed]

    def time(self, handed: Handed) -> float | None:
        """When somebody handed in, where that is known."""
        return handed.modified if self._by_files else self._times.get(handed.student)

    def _graded(self, one: Handed) -> Graded:
        found = (self._findings(one.digest) if one.digest else None) or {}
        copies = tuple(name for name in self._same.get(one.digest, ()) if name != one.student)
        late = lateness(self._assignment.late, self.time(one))
        return Graded(one, found, _marked(self._assignment, one, found), late, copies)


def _marked(assignment: Assignment, handed: Handed, found: Findings) -> tuple[Marked, ...]:
    code = {f["task"]: f for f in found.get("tasks", ())}
    derivations = {f["task"]: f for f in found.get("written", ())}
    marked = [mark(task, code.get(task.name)) for task in assignment.tasks]
    marked += [mark_written(task, derivations.get(task.name)) for task in assignment.written]
    if handed.failure is not None:
        # The grader's failure is nobody's zero: all of it is for a person.
        return tuple(Marked(m.task, tuple(replace(p, score=None) for p in m.parts)) for m in marked)
    if handed.problem is not None:
        return tuple(Marked(m.task, m.parts, handed.problem) for m in marked)
    return tuple(marked)
