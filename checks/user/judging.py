"""The verdict on a user's estimator: exact evidence where its noise can be replayed, else sampling."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Generator, Tensor

from checks.estimators.implicit import SHAPES, TORCH
from checks.evidence import sampling, student
from checks.evidence.arrays import Array
from checks.evidence.catoni import Refuter, bet_sizes
from checks.evidence.exact import Exact, NoExactEvidence
from checks.evidence.overlooking import GROUP, GROUPS, overlooks
from checks.evidence.plan import FALSE_FAIL, seed_of
from checks.evidence.shapes import differentiates_shapes
from checks.judge import FLOOR, Stated, claim, exact_verdict, sampling_verdict
from checks.run import Options
from checks.user.batching import vectorised
from checks.user.call import Subject
from checks.user.errors import BadResult
from checks.user.exact import Known, examine, joined, vectorises
from checks.user.probing import Probe
from checks.user.replaying import Replayable, random_noise
from checks.user.state import seeded
from checks.user.watchdog import limited
from checks.verdict import Verdict

# Sums of a few float32 numbers are good to about 1e-6 of their size; ten times that is not held against them.
NARROW_FLOOR = 1e-5
# Two ways to compute one number in float64, through sums of a few hundred terms.
SAME, SAME_NARROW = 1e-9, 1e-4
# Of a mean whose variance is known, so many show a deviation of one of a call; by a t-test it takes more.
CONFIRMING_CALLS, CONFIRMING_BY_T = 24, 48
# At least so many are ordinary calls, where the terms of others can be had at once.
PLAIN_CALLS = 6
VARIANCE_DIFFERS = 1e-4
# A t-test of whole estimates needs few: each is already a mean of n.
PILOT_CALLS = 512
DIAGNOSING_CALLS, DIAGNOSING_BATCHES, DIAGNOSING_SAMPLES = 16_384, 64, 1 << 20  # so fewer of large calls
OVERTIME = 5.0
IMPLICIT = (
    "torch's implicit gradients of gamma and Dirichlet draws are approximations, good to "
    f"{TORCH:g} of the gradient's size: a bias below that is theirs"
)
TRIGAMMA = "torch's trigamma is good to 5e-10 of itself only: a bias of 2e-09 of an entry's size is its own"
# Samples in one call for many estimates: enough to forget what a call costs, and little memory.
AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, the exact evidence that it stands on, if it does, else bounds of the sampled mean."""

    verdict: Verdict
    known: Known | None
    bounds: tuple[Array, Array] | None = None


def judge(subject: Subject, probe: Probe, stated: Stated, n: int, identity: str, options: Options) -> Judged:
    """Hold the estimator against the exact gradient; ``n`` is the number of samples of an ordinary call."""
    start = time.monotonic()
    if probe.constant is not None:
        return Judged(_constant(probe.constant.numpy(), stated, probe.narrow, options), None)
    why_not = ""
    if options.evidence in ("auto", "exact"):
        with limited(options.budget):
            found = _exact(subject, probe, stated, n, options)
        if isinstance(found, Judged):
            return found
        why_not = f"no exact evidence: {found}"
        if options.evidence == "exact":
            return Judged(Verdict("inconclusive", "none", why_not), None)
    left = max(options.budget - (time.monotonic() - start), 1.0)
    # Sampling ends by itself, after a batch: what runs much longer is a call that does not return.
    with limited(2.0 * left + OVERTIME):
        judged = _sampled(subject, probe, stated, n, identity, replace(options, budget=left))
    reasons = filter(None, (judged.verdict.reason, why_not))
    return replace(judged, verdict=replace(judged.verdict, reason="; ".join(reasons)))


def _exact(subject: Subject, probe: Probe, stated: Stated, n: int, options: Options) -> Judged | str:
    if probe.hidden:
        return probe.hidden
    floor, tolerance = (NARROW_FLOOR, SAME_NARROW) if probe.narrow else (FLOOR, SAME)
    try:
        known = examine(subject, n, tolerance)
    except NoExactEvidence as error:
        return str(error)
    # A user's variance that is not the declared one is told, and no fault of ours.
    means_alone = replace(stated, statistic=replace(stated.statistic, variance={}))
    rough = differentiates_shapes(lambda: subject.call(known.n))
    accuracy = np.where(_shapes(stated), TORCH, 0.0) if rough else _of_trigamma(stated)
    if accuracy.any():
        spread = known.at[min(known.at)].variance * min(known.at)
        size = np.sqrt(np.where(np.isfinite(spread), spread, 0.0) + known.moments.mean**2)
        means_alone = replace(means_alone, allowed=accuracy * size)
    verdicts = [
        exact_verdict(Exact(m, known.source.axes), means_alone, options.resolution, options.rates, floor)
        for m in known.at.values()
    ]
    undecided = next((v for v in verdicts if isinstance(v, str)), None)
    if undecided is not None:
        return undecided
    decided = [v for v in verdicts if isinstance(v, Verdict)]
    if len({v.outcome for v in decided}) > 1:
        return f"right at one of n = {', '.join(map(str, known.at))} and wrong at another"
    against = _contradiction(subject, known, decided[-1], stated, n, options.seed)
    if against is None and decided[-1].outcome == "refuted":
        against = _overlooked(subject, known, tolerance, options.seed)
    if against:
        return against
    own = (IMPLICIT,) if rough else (TRIGAMMA,) if accuracy.any() else ()
    notes = filter(None, (known.describe(), *own, *known.notes, _other_variance(known, stated)))
    said = stated.by_name(stated.variance)
    return Judged(replace(decided[-1], reason="; ".join(notes), variance_exact=said), known)


def _shapes(stated: Stated) -> Array:
    """Which parameters Torch may reach by its implicit gradients: the shapes of a family that has such."""
    own = SHAPES.get(stated.proof.family, stated.proof.wrt)
    return np.array([name in own for name in stated.proof.wrt])


def _of_trigamma(stated: Stated) -> Array:
    """How good a second derivative can be that is made of Torch's trigamma; zero for everything else."""
    known = stated.statistic.accuracy if stated.proof.order == 2 else {}
    return np.array([known.get(name, 0.0) for name in stated.proof.wrt])


def _constant(constant: Array, stated: Stated, narrow: bool, options: Options) -> Verdict:
    """The verdict on code that seeds itself: its result is one number, with no mean but that number."""
    scale = np.maximum(np.abs(stated.gradient), 1e-12)
    detectable = (NARROW_FLOOR if narrow else FLOOR) * scale + stated.radius
    bias = constant - stated.gradient
    wrong = bool((np.abs(bias) > detectable).any())
    return Verdict(
        outcome="refuted" if wrong else "agrees",
        evidence="exact",
        reason="every call returns the same, whatever the seed: it seeds its generators itself, so no mean "
        "over calls comes closer to the gradient",
        estimate=stated.by_name(constant),
        bias=stated.by_name(bias),
        detectable_bias=stated.by_name(detectable),
        variance_estimate=stated.by_name(np.zeros(len(constant))),
        false_fail_rate=options.rates.false_fail,
        false_pass_rate=options.rates.false_pass,
    )


def _other_variance(known: Known, stated: Stated) -> str | None:
    """Whether the variance of a sample is not that of the declared estimator, in words."""
    if not known.additive:
        return None
    found, said = known.moments.variance, stated.variance
    with np.errstate(invalid="ignore"):
        wrong = np.isfinite(said) & (np.abs(found - said) > VARIANCE_DIFFERS * np.maximum(said, 1e-300))
    if not wrong.any():
        return None
    i = int(np.argmax(wrong))
    name = stated.statistic.estimator.replace("_", " ")
    return f"its variance by {stated.proof.wrt[i]} is {found[i]:.6g}, that of {name} is {said[i]:.6g}"


def _contradiction(
    subject: Subject, known: Known, verdict: Verdict, stated: Stated, n: int, seed: int
) -> str | None:
    """What ordinary calls with the samples of ``n`` say against the replayed mean, if anything.

    The false alarm is ``FALSE_FAIL``. Where the terms are independent, the variance is known; otherwise only
    an estimator found right is held against the gradient, by a t-test.
    """
    many = CONFIRMING_CALLS if known.additive else CONFIRMING_BY_T
    at_once = known.additive and known.source.at_once and known.source.combinations == 1
    if at_once or not known.source.continuous or (not known.additive and verdict.outcome != "agrees"):
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


def _overlooked(subject: Subject, known: Known, tolerance: float, seed: int) -> str | None:
    """Whether the nodes of the rules missed a part of the integrand: many plain calls against their mean.

    Rules that agree with one another may all have missed a narrow part. Before an estimator is refuted for
    their mean, it is held against plain calls with as many samples, by a t-test on means of groups.
    """
    if known.source.continuous < 2 and known.additive:
        return None  # one dimension is searched by adaptive rules
    k = max(known.at)
    if known.additive and known.source.at_once:
        calls = _random_rows(known.source, seed_of(seed, "overlooked", 0), GROUPS * GROUP)
    elif vectorises(subject, k, tolerance):
        seeded(seed_of(seed, "overlooked", 0))
        calls = vectorised(subject, k, GROUPS * GROUP).numpy()
    else:
        calls = call_means(subject, k, GROUPS, seed_of(seed, "overlooked", 0))
    if overlooks(calls, known.moments.mean):
        return f"its quadrature overlooks a part of the integrand at n = {k}"
    return None


def _random_rows(source: Replayable, seed: int, rows: int) -> Array:
    """``[rows, p]`` plain outputs at random noise, in one call; finite draws are weighted."""
    noise = random_noise(source.axes, rows, seed)
    values, weight = source.evaluate(noise)
    found: Array = values * (weight * source.combinations)[:, None]
    return found


def call_means(subject: Subject, n: int, calls: int, seed: int) -> Array:
    """The estimates ``[calls, p]`` of ordinary calls, all generators started from one seed."""
    seeded(seed)
    return np.array([subject.call(n).mean.numpy() for _ in range(calls)])


def _sampled(
    subject: Subject, probe: Probe, stated: Stated, n: int, identity: str, options: Options
) -> Judged:
    """By calls with ``n`` samples: a call is the unit, so samples may depend on one another within it."""
    same = SAME_NARROW if probe.narrow else SAME
    at_once = not probe.hidden and vectorises(subject, n, same)
    # Fewer and larger calls, where one is the mean of several: what a call costs is mostly not the samples.
    parts = 1 if at_once or probe.hidden else joined(subject, n, same)
    small, n = n, n * parts

    def run(calls: int, generator: Generator) -> Tensor:
        seed = int(torch.randint(2**31, (1,), generator=generator))
        if not at_once:
            return torch.from_numpy(call_means(subject, n, calls, seed))
        seeded(seed)
        most = max(AT_ONCE // n, 1)
        sizes = [most] * (calls // most) + ([calls % most] if calls % most else [])
        return torch.cat([vectorised(subject, n, size) for size in sizes])

    own = claim(stated)
    if own.variance is not None:
        own = replace(own, variance=own.variance / n, fourth=None)
    try:
        seen = sampling.judge(
            run,
            stated.gradient,
            own,
            identity,
            relative=options.resolution,
            rates=options.rates,
            seed=options.seed,
            seconds=options.budget,
            pilot=PILOT_CALLS,
            terms=n,
            accuracy=NARROW_FLOOR if probe.narrow else sampling.ACCURACY,
        )
    except sampling.NonFinite as error:
        raise BadResult(str(error), f"it is finite in most calls with n = {n}, and not in all") from None
    verdict = sampling_verdict(seen, stated, options.rates)
    basis = f"{seen.samples} calls of {n} samples" + (", variance estimated" if seen.asymptotic else "")
    basis += f", each the mean of {parts} calls of {small}" if parts > 1 else ""
    if verdict.outcome == "inconclusive":
        basis = f"{verdict.reason.partition('; ')[0]}; {basis}"
    elif verdict.outcome == "broken":
        basis = f"{basis}; {verdict.reason.partition('; ')[0]}"
    verdict = replace(verdict, samples=seen.samples * n, reason=basis)
    most = max(DIAGNOSING_SAMPLES // n // DIAGNOSING_BATCHES, 1) * DIAGNOSING_BATCHES
    many = min(DIAGNOSING_CALLS if at_once else DIAGNOSING_CALLS // 64, most)  # else each takes a millisecond
    return Judged(verdict, None, _bounds(run, many, options.seed) if verdict.outcome == "refuted" else None)


def _bounds(run: Callable[[int, Generator], Tensor], many: int, seed: int) -> tuple[Array, Array]:
    """Where the mean is, for a diagnosis: the test itself ends long before it knows.

    Four standard errors of the mean of 64 batches of calls, each nearly normal: off once in 6000 times.
    """
    calls = run(many, torch.Generator().manual_seed(seed_of(seed, "diagnose", 0))).numpy()
    batches = calls.reshape(DIAGNOSING_BATCHES, -1, calls.shape[1]).mean(1)
    error = 4.0 * batches.std(0, ddof=1) / math.sqrt(DIAGNOSING_BATCHES)
    return batches.mean(0) - error, batches.mean(0) + error
