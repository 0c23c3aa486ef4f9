"""What a student is told about a task: what happened, the mistake, where, and a hint; never the solution."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.grading.assignment import Assignment, Feedback, Task, Written
from checks.grading.collecting.code import where
from checks.grading.marks import Marked
from checks.grading.students import Graded

# Remarks that tell a student something to do; the others are for the teacher.
TOLD = ("samples", "closed_form", "self_seeded", "estimator", "variance", "law", "memory", "global_state")
# How tracebacks name the one file that a submission is when it runs.
_LINE = re.compile(r"\bsubmission\.py:(\d+)")
_NO_ANSWER = {
    "missing": "the function is missing",
    "syntax": "the file is no Python",
    "import": "the file cannot be imported",
    "time": "it took too long",
    "memory": "it took too much memory",
    "died": "its process died",
}


@dataclass(frozen=True, slots=True)
class Told:
    """The words about one task; empty ones are not shown."""

    task: str
    title: str
    verdict: str
    mistake: str = ""
    evidence: tuple[str, ...] = ()
    where: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()


def told(assignment: Assignment, student: Graded) -> tuple[Told, ...]:
    """The words about every task, as the assignment's feedback allows."""
    show = assignment.feedback
    return tuple(_told(item, m, student, show) for item, m in zip(assignment.items, student.marked))


def _in_file(words: str, student: Graded) -> str:
    """Words about lines of the program, with the files and cells that they came from."""
    return _LINE.sub(lambda m: where(student.handed.places, int(m[1])), words)


def _told(item: Task | Written, marked: Marked, student: Graded, show: Feedback) -> Told:
    found = student.finding(item.name)
    full = marked.score == marked.out_of
    hint = "" if full or not show.hints else _hint(item, found)
    if found is None:
        return Told(item.name, item.title, _without(student, marked), hint=hint)
    if isinstance(item, Written):
        return _told_of_written(item, found, marked, show, hint)
    diagnosis = found["diagnosis"] if show.mistakes else None
    line = found["line"] if show.lines else None
    return Told(
        item.name,
        item.title,
        _in_file(verdict(marked, found), student),
        mistake="" if diagnosis is None else _sentence(diagnosis["says"]),
        evidence=_evidence(found) if show.evidence else (),
        where="" if line is None else where(student.handed.places, line),
        hint=hint,
        notes=tuple(n["says"] for n in found["notes"] if n["kind"] in TOLD),
    )


def _without(student: Graded, marked: Marked) -> str:
    if student.handed.failure is not None:
        return f"not judged yet: {student.handed.failure}"
    return student.handed.problem or marked.zero or "not judged"


def verdict(marked: Marked, found: Mapping[str, Any]) -> str:
    """One line: right, wrong in which parameters, no answer and why, or left to a person."""
    if found["failure"] is not None:
        said = found["says"] or _NO_ANSWER.get(found["failure"], "no answer")
        return f"{said}{'; ' + found['help'] if found['help'] else ''}"
    if marked.zero is not None:
        return marked.zero
    if found["outcome"] == "agrees":
        lost = [p.requirement for p in marked.parts if p.score == 0 and p.out_of]
        return "right" if not lost else f"the mean is right; not so: {', '.join(lost)}"
    if found["outcome"] != "refuted":
        return f"a person will look at it: {found['says']}"
    right = [c["name"] for c in found["coordinates"] if c["outcome"] == "agrees"]
    wrong = [c["name"] for c in found["coordinates"] if c["outcome"] == "refuted"]
    said = f"wrong in {', '.join(wrong)}" if wrong else "wrong"
    return f"{said}; right in {', '.join(right)}" if right else said


def _evidence(found: Mapping[str, Any]) -> tuple[str, ...]:
    """For each wrong parameter what came out, and how far off that is."""
    at = ", ".join(f"{k} = {v}" for k, v in found["at"].items())
    lines = []
    for c in found["coordinates"]:
        if c["outcome"] != "refuted" or c["estimate"] is None or c["bias"] is None:
            continue
        form = f" = {c['difference']}" if c["difference"] else ""
        lines.append(f"by {c['name']}: your mean is {c['estimate']:.6g}, off by {c['bias']:+.6g}{form}")
    if lines and at:
        lines.append(f"at {at}")
    if found["diagnosis"] is None:  # without a name for the mistake, whatever else was seen
        lines += [n["says"] for n in found["notes"] if n["kind"] in ("basis", "identity")]
    return tuple(lines)


def _hint(item: Task | Written, found: Mapping[str, Any] | None) -> str:
    diagnosis = None if found is None else found.get("diagnosis")
    if isinstance(item, Task) and diagnosis is not None and diagnosis["mistake"] in item.hints:
        return item.hints[diagnosis["mistake"]]
    return item.hint or ""


def _told_of_written(
    item: Written, found: Mapping[str, Any], marked: Marked, show: Feedback, hint: str
) -> Told:
    mistake, place = found["mistake"], found["where"]
    return Told(
        item.name,
        item.title,
        found["says"],
        mistake=mistake if show.mistakes else "",
        evidence=tuple(found["evidence"]) if show.evidence else (),
        where=f"{found['file']}, {place}" if show.lines and place else "",
        hint=hint,
        notes=tuple(f"{p.requirement}: {p.why}" for p in marked.parts if p.why and p.score != p.out_of),
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def joined(told: Told) -> str:
    """The words as lines of plain text, for tables and other graders."""
    lines: Sequence[str] = (
        told.verdict,
        told.mistake,
        *told.evidence,
        f"where: {told.where}" if told.where else "",
        *(f"note: {note}" for note in told.notes),
        f"hint: {told.hint}" if told.hint else "",
    )
    return "\n".join(line for line in lines if line)
