"""A written derivation for grading: judged line by line by ``derive.written``, kept as plain data."""

from __future__ import annotations

from typing import Any

from checks.grading.assignment import Written


def judged(task: Written, name: str, data: bytes) -> dict[str, Any]:
    """What was found: of each item of the rubric the share ``[part, whole]``, None for a person."""
    return {
        "task": task.name,
        "file": name,
        "problem": None,
        "says": "a person will read it",
        "mistake": "",
        "where": "",
        "evidence": [],
        "shares": dict.fromkeys(task.rubric),
    }
