"""An assignment as records: what a class was asked to do, and what it is worth."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path

Point = tuple[tuple[str, str], ...]
VARIANTS, SAMPLES, SECONDS = 4, 64, 2.0


@dataclass(frozen=True, slots=True)
class Marks:
    """What each requirement of a task is worth; ``unbiased`` is split evenly between the parameters."""

    unbiased: Fraction = Fraction(1)
    estimator: Fraction = Fraction(0)
    variance: Fraction = Fraction(0)
    n_samples: Fraction = Fraction(0)

    @property
    def total(self) -> Fraction:
        """Full marks."""
        return self.unbiased + self.estimator + self.variance + self.n_samples


@dataclass(frozen=True, slots=True)
class Task:
    """A function that a student writes; judged at one of ``points``, or at one drawn from ``between``.

    ``wrt`` None means all parameters of the family. ``line`` is where the task stands in its file.
    """

    name: str
    title: str
    family: str
    integrand: str
    wrt: tuple[str, ...] | None
    points: tuple[Point, ...]
    between: tuple[tuple[str, Fraction, Fraction], ...]
    estimator: str | None
    n_samples: int
    seconds: float
    closed_form: bool
    marks: Marks
    hint: str | None
    hints: dict[str, str]
    line: int | None

    @property
    def total(self) -> Fraction:
        """Full marks."""
        return self.marks.total

    def judged(self) -> list[object]:
        """What the evidence depends on, as plain data; marks, titles and hints are not part of it."""
        ranges = [[name, str(low), str(high)] for name, low, high in self.between]
        wrt = None if self.wrt is None else list(self.wrt)
        return [self.name, self.family, self.integrand, wrt, list(map(list, self.points)), ranges,
                self.estimator, self.n_samples, self.seconds]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A derivation that a student writes, in the file that matches ``file``; marks by ``rubric``.

    Without a family it is about an arbitrary law, as on the slides.
    """

    name: str
    title: str
    file: str
    family: str | None
    integrand: str | None
    wrt: tuple[str, ...] | None
    rubric: dict[str, Fraction]
    hint: str | None
    line: int | None

    @property
    def total(self) -> Fraction:
        """Full marks."""
        return sum(self.rubric.values(), Fraction(0))

    def judged(self) -> list[object]:
        """What the evidence depends on, as plain data."""
        return [
            sorted(self.rubric.keys() - {"steps", "result", "conditions"}),
            self.name,
            self.file,
            self.family,
            self.integrand,
            None if self.wrt is None else list(self.wrt),
        ]


@dataclass(frozen=True, slots=True)
class Late:
    """What lateness costs: ``per_day`` of the marks reached for each begun day, up to ``at_most``."""

    due: datetime
    submitted: str
    grace: float
    per_day: Fraction
    at_most: Fraction
    line: int | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What students get to see beside their marks."""

    hints: bool = True
    mistakes: bool = True
    evidence: bool = True
    lines: bool = True


@dataclass(frozen=True, slots=True)
class Assignment:
    """A whole assignment, read from ``path``."""

    title: str
    path: Path
    variants: int
    tasks: tuple[Task, ...]
    written: tuple[Written, ...]
    late: Late | None
    feedback: Feedback = field(default_factory=Feedback)

    @property
    def items(self) -> tuple[Task | Written, ...]:
        """All tasks, those for derivations last: the order of everybody's marks."""
        return (*self.tasks, *self.written)

    @property
    def total(self) -> Fraction:
        """Full marks."""
        return sum((item.total for item in self.items), Fraction(0))

    @property
    def digest(self) -> str:
        """A hash of what the evidence depends on: with other marks or hints, nothing is graded anew."""
        said = [self.variants, [t.judged() for t in self.tasks], [w.judged() for w in self.written]]
        return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()
