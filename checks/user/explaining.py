"""What a wrong estimator looks like: a known mistake, or its bias in words and formulas."""

from __future__ import annotations

import numpy as np

from checks.judge import Stated
from checks.mistakes import MISTAKES
from checks.prover import answer
from checks.user import identifying, laws
from checks.user.batch_mistakes import batch_mistake, borne_out, one_n_only
from checks.user.call import Subject
from checks.user.check import Explain, Explanation
from checks.user.distributions import Numeric
from checks.user.exact import mean_at
from checks.user.formulas import differences, in_words, places_of
from checks.user.judging import Judged
from checks.user.matching import Match, match
from checks.user.probing import Probe
from checks.user.session import Task, request
from derive.cache import Cache
from derive.proof import Proof


def explainer(task: Task, cache: Cache) -> Explain:
    """A function that explains a refuted estimator of the check ``task``."""

    def explain(subject: Subject, seen: Probe, judged: Judged, stated: Stated) -> Explanation:
        if seen.stuck:
            return _seeded(subject, seen, stated)
        remarks = [laws.departure(subject, seen), *identifying.violations(subject, seen, judged.known)]
        found = batch_mistake(subject, judged.known, stated)
        if found is None:
            found = _matched(subject, judged, stated, _with_mistakes(task, cache) or stated.proof)
        remarks += [found.remark]
        places = places_of(subject, judged, stated)
        difference = differences(subject, judged, stated, places)
        if found.diagnosis is None:
            unknown = None if found.remark else "no known mistake has this mean here"
            remarks += [in_words(subject, judged, stated, places) or unknown]
        return Explanation(found.diagnosis, difference, tuple(filter(None, remarks)))

    return explain


def _matched(subject: Subject, judged: Judged, stated: Stated, proof: Proof) -> Match:
    """The known mistake with this mean; a mean at one n alone is held against calls with more samples."""
    found = match(judged, proof)
    if found.diagnosis is None or not one_n_only(judged.known):
        return found
    means = proof.statistics[found.diagnosis["mistake"]].mean
    if borne_out(subject, np.array([means[name] for name in proof.wrt], dtype=float)):
        return found
    return Match(None, "its mean is another one for another number of samples")


def _seeded(subject: Subject, seen: Probe, stated: Stated) -> Explanation:
    """What is wrong with code that seeds itself, and whether anything else is."""
    says = "your samples are the same in every call: a seed is set inside the estimator; remove it"
    fresh = None if seen.hidden else mean_at(subject, 1)
    remarks: tuple[str, ...] = ()
    if fresh is not None and np.isfinite(fresh.mean).all():
        off = np.abs(fresh.mean - stated.gradient) > 1e-6 * np.maximum(np.abs(stated.gradient), 1.0)
        right = "would not be the gradient either" if off.any() else "would be the gradient"
        remarks = (f"with fresh draws in every call its mean {right} (replayed at n = 1)",)
    return Explanation({"mistake": "fixed_seed", "says": says}, remarks=remarks)


def _with_mistakes(task: Task, cache: Cache) -> Proof | None:
    """The proof with the exact means of all known mistakes; made only when something is wrong."""
    if isinstance(task.given.law, Numeric):
        return None  # there is no derivation that could know them
    wanted = request(task, tuple(MISTAKES))
    kept = cache.get(wanted)
    if kept is not None:
        return kept
    said = answer(wanted)
    if "proof" not in said:
        return None
    proof = Proof.from_json(said["proof"])
    cache.put(wanted, proof)
    return proof
