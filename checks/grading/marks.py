"""What a finding is worth: marks by the rubric, and what could not be decided left to a person."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from checks.grading.assignment import Late, Task, Written

DAY = 86400.0
# Outcomes that say nothing against the student: a person has to look.
OPEN = ("inconclusive", "untestable", "broken")
SAYS = {
    "unbiased": "the right mean",
    "estimator": "the estimator that was asked for",
    "variance": "its variance",
    "n_samples": "draws n samples",
    "result": "the right result",
    "steps": "steps that hold",
    "conditions": "conditions that are stated",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One requirement: what it is worth, what was reached (None: for a person to decide), and why."""

    requirement: str
    out_of: Fraction
    score: Fraction | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A task's parts; ``zero`` says why there is nothing, whatever the parts are."""

    task: str
    parts: tuple[Part, ...]
    zero: str | None = None

    @property
    def score(self) -> Fraction:
        """Marks that are certain."""
        if self.zero is not None:
            return Fraction(0)
        return sum((p.score for p in self.parts if p.score is not None), Fraction(0))

    @property
    def out_of(self) -> Fraction:
        """Full marks."""
        return sum((p.out_of for p in self.parts), Fraction(0))

    @property
    def open(self) -> bool:
        """Whether a person has to decide something."""
        return self.zero is None and any(p.score is None for p in self.parts)


def mark(task: Task, found: Mapping[str, Any] | None) -> Marked:
    """The marks of one task; ``found`` is its finding, None where there is no program."""
    worth = {name: getattr(task.marks, name) for name in ("unbiased", "estimator", "variance", "n_samples")}
    wanted = {name: out_of for name, out_of in worth.items() if out_of}
    if found is None:
        return Marked(task.name, _nothing(wanted), "there is no program")
    if found["failure"] is not None:
        return Marked(task.name, _nothing(wanted), found["says"])
    if not task.closed_form and found["met"].get("no_closed_form") is False:
        return Marked(task.name, _nothing(wanted), "it returns the gradient without sampling it")
    return Marked(task.name, tuple(_part(name, out_of, found) for name, out_of in wanted.items()))


def _nothing(wanted: Mapping[str, Fraction]) -> tuple[Part, ...]:
    return tuple(Part(name, out_of, Fraction(0)) for name, out_of in wanted.items())


def _part(name: str, out_of: Fraction, found: Mapping[str, Any]) -> Part:
    if found["outcome"] == "broken":
        return Part(name, out_of, None, "the grader failed")
    if name == "unbiased":
        return _unbiased(out_of, found)
    met = found["met"].get(name)
    return Part(
        name, out_of, None if met is None else out_of * int(met), "" if met is not None else "undecided"
    )


def _unbiased(out_of: Fraction, found: Mapping[str, Any]) -> Part:
    """In equal parts for each parameter; a part that stays open leaves all of it to a person."""
    coordinates: Sequence[Mapping[str, Any]] = found["coordinates"]
    if not coordinates:
        met = found["met"].get("unbiased")
        met = True if met is None and found["outcome"] == "agrees" else met
        met = False if met is None and found["outcome"] in ("refuted", "no answer") else met
        return Part("unbiased", out_of, None if met is None else out_of * int(met), found["outcome"])
    right = sum(c["outcome"] == "agrees" for c in coordinates)
    if any(c["outcome"] in OPEN for c in coordinates):
        return Part("unbiased", out_of, None, found["outcome"])
    return Part("unbiased", out_of, out_of * right / len(coordinates), f"{right} of {len(coordinates)}")


def mark_written(task: Written, found: Mapping[str, Any] | None) -> Marked:
    """The marks of a derivation: for each item of the rubric the part that its judge gave."""
    if found is None:
        return Marked(task.name, _nothing(task.rubric), f"there is no file {task.file}")
    if found["problem"] is not None:
        return Marked(task.name, _nothing(task.rubric), found["problem"])
    shares: Mapping[str, list[int] | None] = found["shares"]
    parts = []
    for name, out_of in task.rubric.items():
        share = shares.get(name)
        why = found.get("why", {}).get(name, "")
        parts.append(Part(name, out_of, None if share is None else out_of * Fraction(*share), why))
    return Marked(task.name, tuple(parts))


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a submission is, in begun days after the grace, and the part of the marks that it costs."""

    days: int
    part: Fraction


def lateness(late: Late | None, submitted: float | None) -> Lateness | None:
    """None without a policy, or where it is not known when something was handed in."""
    if late is None or submitted is None:
        return None
    seconds = submitted - late.due.timestamp() - late.grace
    days = max(0, math.ceil(seconds / DAY))
    return Lateness(days, min(late.per_day * days, late.at_most))


def moment(text: str) -> float | None:
    """A time as ISO 8601 with an offset, in seconds since the epoch; None for anything else."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return None if found.tzinfo is None else found.timestamp()


def number(value: Fraction) -> float | int:
    """Marks as a number to write: whole ones without a point, others to four digits."""
    return int(value) if value.denominator == 1 else round(float(value), 4)
