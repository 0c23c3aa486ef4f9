"""Functions that are, sample for sample, a known estimator or mistake, or a multiple of an estimator."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from checks.grading.answers import CodeTask, Note, Requirement, TaskFinding
from checks.grading.child import NARROW
from checks.grading.findings import finding, same_variance, stated_as
from checks.grading.identity import LEAVE_ONE_OUT, SAME, SAME_NARROW, Seen, is_estimator, values_of
from checks.grading.remote import RemoteSubject
from checks.grading.spreads import spread
from checks.judge import FLOOR, Stated
from checks.mistakes import MISTAKES
from checks.user.batch_mistakes import BATCH_MISTAKES
from checks.user.judging import NARROW_FLOOR
from checks.verdict import Verdict
from derive.proof import Proof

GUMBEL_MAX, SCORE_FUNCTION = "gumbel_max", "score_function"
# Multiples of an estimator that have a name.
_NAMED = {2.0: "doubled", -1.0: "negated", 0.5: "half_gradient"}


@dataclass(frozen=True, slots=True)
class Multiple:
    """``factor`` times an estimator in an ordinary call; ``mistake`` and ``says`` where it has a name."""

    factor: float = 1.0
    mistake: str | None = None
    says: str = ""


def identified(subject: RemoteSubject, task: CodeTask, proof: Proof, seen: Seen) -> TaskFinding | None:
    """The finding where the function is, sample for sample, one whose exact mean is known."""
    narrow = NARROW in subject.watched.changes
    if not seen.repeats:
        return None
    everywhere = (*seen.calls, seen.secret)
    for name in _candidates(task, proof):
        if is_estimator(name, proof, narrow, everywhere):
            stated = stated_as(proof, name)
            if np.isnan(stated.mean).any():
                continue  # a multiple of an estimator it may be as well, whose mean is known
            return _as_stated(subject, task, stated, seen, narrow)
    multiple = _multiple(task, proof, seen, narrow)
    if multiple is None:
        return None
    return _as_stated(subject, task, stated_as(proof, multiple[0]), seen, narrow, multiple[1])


def _candidates(task: CodeTask, proof: Proof) -> Iterable[str]:
    """The declared one first, then every other estimator and mistake that applies."""
    usual = [name for name in proof.statistics if name not in MISTAKES]
    known = [task.estimator, *usual, LEAVE_ONE_OUT, *(name for name in proof.statistics if name in MISTAKES)]
    applies = {name for name, s in proof.statistics.items() if not s.refusal or s.mean}
    if "score_function" in applies:
        applies.add(LEAVE_ONE_OUT)
    return dict.fromkeys(name for name in known if name in applies)


def _multiple(task: CodeTask, proof: Proof, seen: Seen, narrow: bool) -> tuple[str, Multiple] | None:
    """An unbiased estimator and the factor by which the function is too large, in calls of any size."""
    for name in _candidates(task, proof):
        factors = None if name in MISTAKES else _factors(name, proof, seen, narrow)
        if factors is None:
            continue
        first, few, _ = factors
        same = SAME_NARROW if narrow else SAME
        if not math.isnan(few) and np.allclose(factors, first, rtol=same, atol=0.0):
            return name, _constant(first, same)
        for known in BATCH_MISTAKES:
            own, less = known.factor(seen.n), known.factor(len(seen.calls[1].noise))
            wanted = (own, less if not math.isnan(few) else few, own)
            fits = np.allclose(factors, wanted, rtol=same, atol=0.0, equal_nan=True)
            if fits and known.additive == (name != LEAVE_ONE_OUT):
                says = f"your mean for n samples is the gradient {known.says}"
                return name, Multiple(first, known.name, says)
    return None


def _factors(name: str, proof: Proof, seen: Seen, narrow: bool) -> tuple[float, ...] | None:
    """Of the three calls, if each is a multiple of the estimator in all coordinates; nan where both are 0."""
    found = []
    for call in (*seen.calls, seen.secret):
        rows = values_of(name, proof, call)
        if rows is None or not np.isfinite(rows).all() or not np.isfinite(call.estimate).all():
            return None
        mean = rows.mean(0)
        factor = float(call.estimate @ mean / max(float(mean @ mean), 1e-300))
        same = SAME_NARROW if narrow else SAME
        size = np.abs(rows).mean(0)
        if (np.abs(call.estimate) <= same * size).all() and (np.abs(mean) <= same * size).all():
            found.append(math.nan)
            continue
        same *= max(abs(factor), 1e-12)
        if not factor or not (np.abs(call.estimate - factor * mean) <= same * size).all():
            return None
        found.append(factor)
    return tuple(found)


def _constant(factor: float, same: float) -> Multiple:
    for value, name in _NAMED.items():
        if abs(factor - value) <= same * abs(value) and name in MISTAKES:
            return Multiple(factor, name, f"your mean equals the gradient {MISTAKES[name].says}")
    return Multiple(factor)


def _asked_for(task: CodeTask, name: str, seen: Seen) -> bool:
    """Whether it is the estimator that the task asks for; Gumbel-max is a score function of such samples."""
    if task.estimator == GUMBEL_MAX:
        return name == GUMBEL_MAX or (name == SCORE_FUNCTION and seen.calls[0].choice is not None)
    return task.estimator in (None, name)


def _same_spread(task: CodeTask, proof: Proof, name: str) -> bool | None:
    """Whether its estimates of the task's n samples vary as those of the estimator that was asked for."""
    if task.estimator is None or "variance" not in task.requires:
        return None
    n = task.n_samples
    return same_variance(spread(proof, name, n), spread(proof, task.estimator, n))


_ITSELF = Multiple()


def _as_stated(
    subject: RemoteSubject,
    task: CodeTask,
    stated: Stated,
    seen: Seen,
    narrow: bool,
    times: Multiple = _ITSELF,
) -> TaskFinding:
    """The exact numbers of the known estimator are those of the function."""
    proof, name = stated.proof, stated.statistic.estimator
    spread = np.sqrt(np.where(np.isfinite(stated.variance), stated.variance, 0.0))
    floor = NARROW_FLOOR if narrow else FLOOR
    detectable = floor * np.maximum(np.abs(stated.gradient), 0.1 * spread) + stated.radius
    mean, variance = times.factor * stated.mean, times.factor**2 * stated.variance
    bias = mean - stated.gradient
    wrong = bool((np.abs(bias) > np.maximum(detectable, 1e-12)).any())
    itself = times == _ITSELF
    called = name.replace("_", " ") if itself else f"{times.factor:.6g} times {name.replace('_', ' ')}"
    reason = (
        f"sample for sample it is {called}, at {seen.values} values of the noise that it was sent and with "
        "an integrand that it did not know"
    )
    declared = stated_as(proof, task.estimator)
    diagnosis = None
    if wrong and times.mistake is not None:
        diagnosis = {"mistake": times.mistake, "says": times.says}
    elif wrong and name in MISTAKES:
        diagnosis = {"mistake": name, "says": f"your mean equals the gradient {MISTAKES[name].says}"}
    verdict = Verdict(
        outcome="refuted" if wrong else "agrees",
        evidence="exact",
        reason=reason,
        estimate=stated.by_name(mean),
        bias=stated.by_name(bias),
        detectable_bias=stated.by_name(detectable),
        variance_exact=stated.by_name(declared.variance),
        variance_estimate=stated.by_name(variance),
        false_fail_rate=0.0,
        false_pass_rate=0.0,
        as_stated=itself,
        diagnosis=diagnosis,
    )
    met: dict[Requirement, bool | None] = {
        "unbiased": not wrong,
        "estimator": itself and _asked_for(task, name, seen),
        "variance": not wrong and (name == task.estimator or _same_spread(task, proof, name)),
        "n_samples": True,
        "no_closed_form": True,
    }
    notes = [Note("estimator", f"is the {called} estimator, sample for sample")] if not wrong else []
    return finding(subject, task, verdict, met, notes, seen.points)
