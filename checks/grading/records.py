"""A student's record as JSON: the report of `verify`, with the marks; without what would be the solution."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from checks.grading.assignment import Assignment, Task
from checks.grading.marks import Marked, number
from checks.grading.students import Graded
from checks.grading.words import Told, told
from checks.verdict import OUTCOMES, SCHEMA


def record(assignment: Assignment, student: Graded, versions: Mapping[str, str]) -> dict[str, Any]:
    """The report's schema, ``checks`` one for each judged task, and ``grade`` beside them.

    The exact gradient and its derivation are the solution: they are null and empty here.
    """
    tasks = {t.name: t for t in assignment.tasks}
    found = student.findings.get("tasks", ())
    checks = [_check(tasks[f["task"]], f, student) for f in found]
    return {
        "schema": SCHEMA,
        "target": student.handed.student,
        "seed": checks[0]["seed"] if checks else 0,
        "versions": dict(versions),
        "summary": _summary(checks),
        "checks": checks,
        "grade": grade(assignment, student),
    }


def grade(assignment: Assignment, student: Graded) -> dict[str, Any]:
    """The marks and the words, task by task."""
    handed, late = student.handed, student.late
    return {
        "assignment": assignment.title,
        "score": number(student.score),
        "out_of": number(student.out_of),
        "raw_score": number(student.raw),
        "late": None if late is None else {"days": late.days, "penalty": number(student.penalty)},
        "needs_a_person": student.open,
        "problem": handed.problem,
        "help": handed.help,
        "failure": handed.failure,
        "files": list(handed.files),
        "notes": list(handed.notes),
        "tasks": [_task(m, t) for m, t in zip(student.marked, told(assignment, student))],
    }


def _task(marked: Marked, words: Told) -> dict[str, Any]:
    parts = [
        {
            "requirement": p.requirement,
            "score": 0 if marked.zero is not None else None if p.score is None else number(p.score),
            "out_of": number(p.out_of),
            "why": p.why,
        }
        for p in marked.parts
    ]
    return {
        **{k: list(v) if isinstance(v, tuple) else v for k, v in asdict(words).items()},
        "score": number(marked.score),
        "out_of": number(marked.out_of),
        "needs_a_person": marked.open,
        "requirements": parts,
    }


def _check(task: Task, found: Mapping[str, Any], student: Graded) -> dict[str, Any]:
    """One entry of ``checks`` as the command line's contract has it."""
    wrt: Sequence[str] = found["wrt"]
    by_name = {c["name"]: c for c in found["coordinates"]}
    outcome = "inconclusive" if found["outcome"] == "no answer" else found["outcome"]

    def numbers(key: str) -> dict[str, float | None]:
        return {name: by_name[name][key] for name in wrt if name in by_name}

    return {
        "id": f"{student.handed.student}/{task.name}",
        "check": task.name,
        "family": task.family,
        "integrand": task.integrand,
        "at": found["at"],
        "wrt": list(wrt),
        "estimator": task.estimator or task.name,
        "expected": "agrees",
        "outcome": outcome,
        "as_expected": outcome == "agrees",
        "gradient": dict.fromkeys(wrt),
        "derivation": {"status": "proved", "assumptions": [], "steps": []},
        "exact": dict.fromkeys(wrt),
        "estimate": numbers("estimate"),
        "bias": numbers("bias"),
        "detectable_bias": numbers("detectable_bias"),
        "variance": found["variance"],
        "evidence": found["evidence"],
        "samples": found["samples"],
        "rates": found["rates"],
        "diagnosis": found["diagnosis"],
        "reason": found["says"],
        "reproduce": _reproduce(task, found, student),
        "seconds": 0.0,
        "seed": found["seed"],
        "failure": found["failure"],
        "met": found["met"],
    }


def _reproduce(task: Task, found: Mapping[str, Any], student: Graded) -> str:
    file = next((p.file for p in student.handed.places), "FILE.py")
    at = ",".join(f"{name}={value}" for name, value in found["at"].items())
    words = ["python", "cli.py", "verify", f"{file}::{task.name}", "--family", task.family]
    words += ["--integrand", task.integrand, *(["--at", at] if at else [])]
    words += ["--wrt", ",".join(task.wrt)] if task.wrt else []
    return shlex.join([*words, "--seed", str(found["seed"]), "--samples", str(found["n_samples"])])


def _summary(checks: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    outcomes = [c["outcome"] for c in checks]
    counts: dict[str, int] = {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
    wrong = counts["refuted"] + sum(c["failure"] is not None for c in checks)
    left = sum(counts.values()) - counts["agrees"]
    return {**counts, "as_expected": counts["agrees"], "exit_code": 1 if wrong else 3 if left else 0}
