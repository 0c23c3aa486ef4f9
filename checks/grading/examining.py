"""What a function in a sealed process computes: sample for sample where that is seen, else as any code."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from checks.grading.answers import CodeTask, Note, Requirement, TaskFinding
from checks.grading.child import ROUGH
from checks.grading.findings import coordinates, finding, same_variance, stated_as
from checks.grading.identified import identified
from checks.grading.identity import Seen, watch
from checks.grading.remote import RemoteSubject
from checks.grading.spreads import spread
from checks.grading.using import ACCURACY, uses_the_answers, uses_the_samples
from checks.grading.wire import Spent, TooLong
from checks.judge import Stated
from checks.run import Options
from checks.user import identifying, laws
from checks.user.batch_mistakes import batch_mistake
from checks.user.errors import NotReturned, UserError
from checks.user.formulas import differences, in_words, places_of
from checks.user.judging import Judged, judge
from checks.user.matching import match
from checks.user.probing import Probe, probe
from checks.verdict import Verdict
from derive.proof import Proof

# Wall-clock seconds for one judgement; the submission's own time is limited by its processor time.
PATIENCE = 120.0
# By sampling: samples in a call, and seconds for each of two tries. The bias that is told costs its square:
# what cannot be sampled finely in that time is sampled coarsely.
MANY, SAMPLING, COARSE, SLOW = 512, 4.0, 0.03, 0.04
MORE = 8  # times as many numbers as exact evidence may take


class Undecided(Exception):
    """The time for an honest but slow function is over; its process is in the middle of a call."""


def examined(subject: RemoteSubject, task: CodeTask, proof: Proof) -> TaskFinding:
    """The finding on the function that ``subject`` stands for; raises what its calls raise."""
    seen = _watched(subject, task)
    if seen is not None:
        found = identified(subject, task, proof, seen)
        if found is not None:
            return found
    return _by_evidence(subject, task, proof, seen)


def _watched(subject: RemoteSubject, task: CodeTask) -> Seen | None:
    """A few calls; code that does not take so few samples is judged otherwise."""
    try:
        return watch(subject, task.n_samples, task.seed % 2**31)
    except UserError:
        return None


def _by_evidence(subject: RemoteSubject, task: CodeTask, proof: Proof, known: Seen | None) -> TaskFinding:
    """As any user's estimator: exact where its noise can be replayed, else by sampling."""
    stated = stated_as(proof, task.estimator)
    if known is not None:
        subject.watched.choice = known.calls[0].choice
    seen = probe(subject, task.n_samples)
    if ROUGH in subject.watched.changes:
        own = dict.fromkeys(proof.wrt, ACCURACY)
        stated = replace(stated, statistic=replace(stated.statistic, accuracy=own))
    judged = _judged(subject, seen, stated, task)
    verdict, difference = judged.verdict, dict[str, str]()
    notes: list[Note] = []
    if verdict.outcome == "refuted":
        verdict, difference, notes = _explained(subject, seen, judged, stated)
    met = _met(subject, task, seen, judged, stated)
    notes += _notes(task, seen, met)
    return finding(subject, task, verdict, met, notes, seen.points, difference)


def _judged(subject: RemoteSubject, seen: Probe, stated: Stated, task: CodeTask) -> Judged:
    """Exact evidence, or else sampling, in calls of many samples: a call costs more than a sample."""
    options = Options(seed=task.seed % 2**31, resolution=task.resolution, budget=PATIENCE, evidence="exact")
    name = f"grade/{task.name}"
    try:
        exact = judge(subject, seen, stated, task.n_samples, name, options)
    except Spent as error:
        why_not = f"no exact evidence: {error}"
    else:
        if exact.verdict.outcome != "inconclusive":
            subject.child.allow(task.seconds, task.budget)  # what explains it has a time of its own
            return exact
        why_not = exact.verdict.reason
    sampled = _sampled(subject, seen, stated, task, options, why_not)
    subject.child.allow(task.seconds, task.budget)
    reason = f"{sampled.verdict.reason}; {why_not}"
    return replace(sampled, verdict=replace(sampled.verdict, reason=reason))


def _sampled(
    subject: RemoteSubject, seen: Probe, stated: Stated, task: CodeTask, options: Options, why_not: str
) -> Judged:
    """To the resolution of the task, or to a coarser one where that takes too long."""
    subject.watched.allowed *= MORE
    n, coarse = max(task.n_samples, MANY), max(task.resolution, COARSE)
    sampled: Judged | None = None
    too_slow = Undecided(f"{why_not}; and it is too slow to be sampled")
    try:
        fine = [] if _is_slow(subject, n) else [task.resolution]
        for resolution in dict.fromkeys([*fine, coarse]):
            options = replace(options, resolution=resolution, evidence="sampling", budget=PATIENCE / 4)
            subject.child.allow(SAMPLING, SAMPLING)
            with contextlib.suppress(Spent):  # the process waits for another call
                sampled = judge(subject, seen, stated, n, f"grade/{task.name}", options)
                if sampled.verdict.outcome != "inconclusive":
                    break
    except (NotReturned, TooLong):  # it is in the middle of one
        raise too_slow from None
    if sampled is None:
        raise too_slow
    return sampled


def _is_slow(subject: RemoteSubject, n: int) -> bool:
    """Whether one call of so many samples takes what a hundred should."""
    subject.child.allow(SAMPLING)
    before = subject.child.cpu_seconds()
    subject.call(n)
    return subject.child.cpu_seconds() - before > SLOW


def _explained(
    subject: RemoteSubject, seen: Probe, judged: Judged, stated: Stated
) -> tuple[Verdict, dict[str, str], list[Note]]:
    law = laws.departure(subject, seen)
    notes = [Note("law", law)] if law else []
    found = batch_mistake(subject, judged.known, stated) or match(judged, stated.proof)
    if found.diagnosis is None:  # what else was seen is told where the mistake has no name
        violated = identifying.violations(subject, seen, judged.known)
        notes += [Note("identity", said) for said in violated]
    places = places_of(subject, judged, stated)
    if found.diagnosis is None:
        said = found.remark or in_words(subject, judged, stated, places)
        notes += [Note("basis", said)] if said else []
    verdict = replace(judged.verdict, diagnosis=found.diagnosis)
    return verdict, differences(subject, judged, stated, places), notes


def _met(
    subject: RemoteSubject, task: CodeTask, seen: Probe, judged: Judged, stated: Stated
) -> dict[Requirement, bool | None]:
    """Each requirement, as far as it was asked for."""
    met: dict[Requirement, bool | None] = {}
    outcome = judged.verdict.outcome
    decided = {"agrees": True, "refuted": False}.get(outcome)
    right = None
    if decided is False:
        right = [c.outcome == "agrees" for c in coordinates(subject, judged.verdict, {})]
    answers = uses_the_answers(subject, seen, judged.known, task.n_samples, right)
    for requirement in task.requires:
        if requirement == "unbiased":
            met[requirement] = decided
        elif requirement == "no_closed_form":
            met[requirement] = answers
        elif requirement == "n_samples":
            met[requirement] = answers and uses_the_samples(subject, seen, judged.known, task.n_samples)
        else:
            same = None if task.estimator is None else _same_variance(task, judged, stated)
            met[requirement] = (answers and same) if decided else decided
    return met


def _same_variance(task: CodeTask, judged: Judged, stated: Stated) -> bool | None:
    """Whether its estimates vary as those of the estimator that was asked for, of as many samples."""
    known = judged.known
    if known is None or task.estimator is None:
        return None
    n = max(known.at)
    own = known.at[n].variance * n
    return same_variance(own, spread(stated.proof, task.estimator, task.n_samples if known.additive else n))


def _notes(task: CodeTask, seen: Probe, met: Mapping[Requirement, bool | None]) -> list[Note]:
    n = task.n_samples
    found = []
    if seen.points == 0:
        found.append(Note("closed_form", "never asks for the integrand: it is a closed form, or a constant"))
    elif met.get("no_closed_form") is False:
        found.append(Note("closed_form", "is right for this integrand alone: with another one it is not"))
    if 0 < seen.points < n:
        found.append(Note("points", f"asks for the integrand at {seen.points} points with n = {n}"))
    if met.get("n_samples") is False and seen.points >= n:
        found.append(Note("samples", f"does not use all of its n = {n} samples"))
    if seen.stuck:
        found.append(Note("self_seeded", "returns the same in every call, whatever the noise"))
    if seen.hidden:
        found.append(Note("memory", seen.hidden))
    if met.get("variance") is False and met.get("unbiased"):
        found.append(Note("variance", "has another variance than the estimator that was asked for"))
    return found
