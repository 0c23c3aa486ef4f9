"""Whether ordinary calls of an estimator contradict what was found of it by replayed noise."""

from __future__ import annotations

import math

import numpy as np

from checks.evidence import sampling, student
from checks.evidence.arrays import Array
from checks.evidence.catoni import Refuter, bet_sizes
from checks.evidence.overlooking import GROUP, GROUPS, overlooks
from checks.evidence.plan import FALSE_FAIL, seed_of
from checks.judge import Stated
from checks.user.call import Subject
from checks.user.errors import BadResult
from checks.user.exact import Known
from checks.user.many import call_means, many_calls
from checks.user.replaying import Replayable, random_noise
from checks.verdict import Verdict

# Of a mean whose variance is known, so many show a deviation of one of a call; by a t-test it takes more.
CONFIRMING_CALLS, CONFIRMING_BY_T = 24, 48
# At least so many are ordinary calls, where the terms of others can be had at once.
PLAIN_CALLS = 6


def contradiction(
    subject: Subject, known: Known, verdict: Verdict, stated: Stated, n: int, seed: int
) -> str | None:
    """What ordinary calls with the samples of ``n`` say against the replayed mean, if anything.

    The false alarm is ``FALSE_FAIL``. Where the terms are independent, the variance is known; otherwise only
    an estimator found right is held against the gradient, by a t-test.
    """
    many = CONFIRMING_CALLS if known.additive else CONFIRMING_BY_T
    at_once = known.additive and known.source.at_once and known.source.combinations == 1
    enumerated = not known.source.continuous and known.choice is None
    if at_once or enumerated or (not known.additive and verdict.outcome != "agrees"):
        many = PLAIN_CALLS  # the others at once; or all values were seen; or only to see that they are finite
    calls = call_means(subject, n, many, seed_of(seed, "confirm", 0))
    if not np.isfinite(calls).all():
        raise BadResult(f"its gradient is not finite in some calls with n = {n}", None)
    m = known.moments
    if known.additive:
        if at_once:  # means of n terms, as calls were seen to be
            rows = _random_rows(known.source, seed_of(seed, "confirm", 1), (CONFIRMING_CALLS - many) * n)
            calls = np.concatenate([calls, rows.reshape(-1, n, rows.shape[1]).mean(1)])
        usable = (m.variance > 0) & (m.variance_error < 0.01 * m.variance)
        scale = np.sqrt(np.where(usable, m.variance, 1.0) / n)
        refuter = Refuter(len(m.mean), bet_sizes(len(calls), FALSE_FAIL))
        against = [refuter.add(np.where(usable, (x - m.mean) / scale, 0.0)) for x in calls]
        limit = math.log(len(m.mean) / FALSE_FAIL)
        if any((a >= limit).any() for a in against):
            return "ordinary calls contradict the replayed noise"
    elif verdict.outcome == "agrees":
        # Effects of about one standard deviation of a call are looked for.
        off = student.unrounded(calls - stated.gradient, sampling.rounding(stated.gradient))
        if (student.log_evidence(off, np.ones(len(off[0]))) >= math.log(len(off[0]) / FALSE_FAIL)).any():
            small = ", ".join(map(str, known.at))
            return f"it is right at n = {small}, and ordinary calls at n = {n} are not"
    return None


def overlooked(subject: Subject, known: Known, tolerance: float, seed: int) -> str | None:
    """Whether the nodes of the rules missed a part of the integrand: many plain calls against their mean.

    Rules that agree with one another may all have missed a narrow part. Before an estimator is refuted for
    their mean, it is held against plain calls with as many samples, by a t-test on means of groups.
    """
    if known.source.continuous < 2 and known.additive:
        return None  # one dimension is searched by adaptive rules
    k = max(known.at)
    own = seed_of(seed, "overlooked", 0)
    if known.additive and known.source.at_once:
        calls = _random_rows(known.source, own, GROUPS * GROUP)
    else:
        calls = many_calls(subject, k, GROUPS * GROUP, own, tolerance, apart=GROUPS)
    if overlooks(calls, known.moments.mean):
        return f"its quadrature overlooks a part of the integrand at n = {k}"
    return None


def _random_rows(source: Replayable, seed: int, rows: int) -> Array:
    """``[rows, p]`` plain outputs at random noise, in one call; finite draws are weighted."""
    noise = random_noise(source.axes, rows, seed)
    values, weight = source.evaluate(noise)
    found: Array = values * (weight * source.combinations)[:, None]
    return found
