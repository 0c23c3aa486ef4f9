"""What a wrong second derivative looks like: a known mistake, or a multiple of the right one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from checks.evidence.arrays import Array
from checks.higher_order.records import MISTAKES
from checks.judge import Stated
from checks.prover import answer
from checks.user.call import Subject
from checks.user.check import Explain, Explanation
from checks.user.hessians import whole
from checks.user.judging import Judged
from checks.user.matching import match
from checks.user.probing import Probe
from checks.user.session import Task, request
from derive.cache import Cache
from derive.proof import Proof

FITS = 1e-6
LARGEST = 12
UNKNOWN = "no known mistake has this mean here"


def explainer(task: Task, cache: Cache) -> Explain:
    """A function that explains a refuted estimator of the second derivative of ``task``."""

    def explain(subject: Subject, seen: Probe, judged: Judged, stated: Stated) -> Explanation:
        found = match(judged, _with_mistakes(task, cache) or stated.proof, MISTAKES, "second derivative")
        if found.diagnosis is not None:
            return Explanation(found.diagnosis)
        words = found.remark or _in_words(judged, stated) or UNKNOWN
        return Explanation(remarks=tuple(filter(None, (words, _lopsided(judged, stated)))))

    return explain


def _with_mistakes(task: Task, cache: Cache) -> Proof | None:
    """The proof with the exact means of all known mistakes; made only when something is wrong."""
    wanted = request(task, tuple(MISTAKES))
    kept = cache.get(wanted)
    if kept is None:
        said = answer(wanted)
        if "proof" not in said:
            return None
        kept = Proof.from_json(said["proof"])
        cache.put(wanted, kept)
    return whole(kept)


def _in_words(judged: Judged, stated: Stated) -> str | None:
    """The mean as a multiple of the second derivative, perhaps by the number of samples."""
    if judged.known is None:
        return None
    ratios = {n: _multiple(m.mean, stated.gradient) for n, m in judged.known.at.items()}
    if len(ratios) > 1 and all(ratio == n for n, ratio in ratios.items()):
        return "your mean is n times the second derivative: a sum over the samples in place of their mean"
    ratio = ratios[max(ratios)]
    return None if ratio is None else f"your mean is {ratio} times the second derivative"


def _multiple(mean: Array, exact: Array) -> Fraction | None:
    if not np.abs(exact).max() > 0:
        return None
    c = Fraction(float(mean @ exact / (exact @ exact))).limit_denominator(LARGEST)
    return c if np.abs(mean - float(c) * exact).max() <= FITS * np.abs(exact).max() else None


def _lopsided(judged: Judged, stated: Stated) -> str | None:
    """Whether the mean is no symmetric matrix, which a second derivative is."""
    if judged.known is None:
        return None
    mean = judged.known.moments.mean
    size = round(len(mean) ** 0.5)
    matrix = mean.reshape(size, size)
    if np.abs(matrix - matrix.T).max() <= FITS * max(np.abs(matrix).max(), 1.0):
        return None
    return "your matrix is not symmetric in the mean"
