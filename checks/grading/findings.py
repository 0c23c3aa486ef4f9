"""Findings from verdicts: what each parameter, requirement and remark comes to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checks.evidence.arrays import Array
from checks.grading.answers import CodeTask, Coordinate, Note, Outcome, Requirement, TaskFinding
from checks.grading.child import NARROW, ROUGH, SEEDS
from checks.grading.remote import RemoteSubject
from checks.judge import Stated
from checks.mistakes import estimator_called
from checks.verdict import Verdict
from derive.proof import Proof, StatisticProof

# Two variances, of which one may be quadrature.
SAME_VARIANCE = 1e-4


def stated_as(proof: Proof, name: str | None) -> Stated:
    """What is known of the estimator of that name; of none, that it should be unbiased."""
    if name is None:
        return Stated(proof, StatisticProof("user"), True)
    statistic = proof.statistics.get(name, StatisticProof(name))
    return Stated(proof, statistic, estimator_called(name).unbiased)


def same_variance(found: Array, wanted: Array) -> bool | None:
    """Whether two variances are the same; None where either is not known."""
    known = np.isfinite(found) & np.isfinite(wanted)
    if not known.all():
        return None
    return bool((np.abs(found - wanted) <= SAME_VARIANCE * np.maximum(np.abs(wanted), 1e-12)).all())


def finding(
    subject: RemoteSubject,
    task: CodeTask,
    verdict: Verdict,
    met: Mapping[Requirement, bool | None],
    notes: list[Note],
    points: int,
    difference: Mapping[str, str] | None = None,
) -> TaskFinding:
    """The finding that a verdict makes, with what the child did to its process."""
    outcome: Outcome = verdict.outcome
    changes = sorted(c for c in subject.watched.changes if c not in (NARROW, ROUGH, SEEDS))
    notes = [*notes, *(Note("global_state", f"it {change}") for change in changes)]
    if SEEDS in subject.watched.changes:
        notes.append(Note("self_seeded", "seeds torch in every call: outside of here all calls are the same"))
    return TaskFinding(
        task=task.name,
        outcome=outcome,
        says=verdict.reason,
        coordinates=coordinates(subject, verdict, difference or {}),
        met={r: met.get(r) for r in task.requires},
        variance=verdict.variance_estimate,
        diagnosis=verdict.diagnosis,
        notes=tuple(notes),
        evidence=verdict.evidence,
        points=points,
        verdict=verdict,
    )


def coordinates(
    subject: RemoteSubject, verdict: Verdict, difference: Mapping[str, str]
) -> tuple[Coordinate, ...]:
    """The verdict by parameter: of a refuted estimator some may be right."""
    proof = subject.problem.proof
    found = []
    for name in proof.wrt:
        bias, least = verdict.bias.get(name), verdict.detectable_bias.get(name)
        outcome: Outcome = verdict.outcome
        if outcome == "refuted" and bias is not None and least is not None:
            outcome = "refuted" if abs(bias) > least else "agrees"
        estimate = verdict.estimate.get(name)
        found.append(
            Coordinate(name, outcome, proof.exact[name], estimate, bias, least, difference.get(name))
        )
    return tuple(found)
