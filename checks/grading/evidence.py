"""A finding as plain data: what is kept of a judged task, whoever wrote it and whatever it is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from checks.catalogue import parameters
from checks.grading.answers import CodeTask, TaskFinding
from derive.proof import Proof


def as_json(task: CodeTask, found: TaskFinding, proof: Proof) -> dict[str, Any]:
    """The finding with its task's point; numbers that are not finite become null."""
    verdict = found.verdict
    return {
        "task": task.name,
        "at": _point(task, proof),
        "wrt": list(proof.wrt),
        "seed": task.seed,
        "n_samples": task.n_samples,
        "outcome": found.outcome,
        "says": found.says,
        "help": found.help,
        "failure": found.failure,
        "line": found.line,
        "met": dict(found.met),
        "diagnosis": None if found.diagnosis is None else dict(found.diagnosis),
        "notes": [asdict(note) for note in found.notes],
        "evidence": found.evidence,
        "points": found.points,
        "coordinates": [{k: _finite(v) for k, v in asdict(c).items()} for c in found.coordinates],
        "variance": {
            "exact": numbers(verdict.variance_exact if verdict else {}),
            "estimate": numbers(found.variance or (verdict.variance_estimate if verdict else {})),
        },
        "samples": verdict.samples if verdict else 0,
        "rates": {
            "false_fail": verdict.false_fail_rate if verdict else 0.0,
            "false_pass": verdict.false_pass_rate if verdict else 0.0,
        },
    }


def _point(task: CodeTask, proof: Proof) -> dict[str, str]:
    """The point without the numbers that only estimators have: students never see those."""
    own = {*parameters(task.family), *(name for name, _ in task.at)}
    return {name: value for name, value in proof.at.items() if name in own}


def numbers(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Numbers by name, null where they are not finite."""
    return {k: _finite(v) for k, v in values.items()}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
