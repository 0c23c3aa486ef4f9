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
from checks.evidence import sampling
from checks.evidence.arrays import Array
from checks.evidence.exact import Exact, NoExactEvidence
from checks.evidence.plan import seed_of
from checks.evidence.shapes import differentiates_shapes
from checks.judge import FLOOR, Stated, claim, exact_verdict, sampling_verdict
from checks.run import Options
from checks.user.batching import vectorised
from checks.user.call import Subject
from checks.user.confirming import contradiction, overlooked
from checks.user.errors import BadResult
from checks.user.exact import Known, examine
from checks.user.many import call_means, joined, vectorises
from checks.user.probing import Probe
from checks.user.state import seeded
from checks.user.watchdog import limited
from checks.verdict import ByName, Verdict

# Sums of a few float32 numbers are good to about 1e-6 of their size; ten times that is not held against them.
NARROW_FLOOR = 1e-5
# Two ways to compute one number in float64, through sums of a few hundred terms.
SAME, SAME_NARROW = 1e-9, 1e-4
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
    by_n = _by_n(known, means_alone, options, floor)
    if isinstance(by_n, str):
        return by_n
    known, decided = replace(known, at={k: known.at[k] for k in by_n}), list(by_n.values())
    if len({v.outcome for v in decided}) > 1:
        return f"right at one of n = {', '.join(map(str, by_n))} and wrong at another"
    against = contradiction(subject, known, decided[-1], stated, n, options.seed)
    if against is None and decided[-1].outcome == "refuted":
        against = overlooked(subject, known, tolerance, options.seed)
    if against:
        return against
    own = (IMPLICIT,) if rough else (TRIGAMMA,) if accuracy.any() else ()
    notes = filter(None, (known.describe(), *own, *known.notes, _other_variance(known, stated)))
    said = stated.by_name(stated.variance)
    return Judged(replace(decided[-1], reason="; ".join(notes), variance_exact=said), known)


def _by_n(known: Known, stated: Stated, options: Options, floor: float) -> dict[int, Verdict] | str:
    """The verdicts at each n whose moments are fine enough to decide, or why there are none."""
    found: dict[int, Verdict] = {}
    why = ""
    for n, moments in known.at.items():
        evidence = Exact(moments, known.source.axes)
        verdict = exact_verdict(evidence, stated, options.resolution, options.rates, floor)
        if isinstance(verdict, str):
            why = verdict
        else:
            found[n] = verdict
    return _sharp_enough(found) or why


def _sharp_enough(by_n: dict[int, Verdict]) -> dict[int, Verdict]:
    """Without those that agree only for they could not have noticed the bias that was found at another n."""
    biases = [np.abs(_numbers(v.bias)) for v in by_n.values() if v.outcome == "refuted"]

    def blind(v: Verdict) -> bool:
        limit = _numbers(v.detectable_bias)
        return v.outcome == "agrees" and any((bias <= limit).all() for bias in biases)

    return {n: v for n, v in by_n.items() if not blind(v)}


def _numbers(by_name: ByName) -> Array:
    return np.array(list(by_name.values()), dtype=float)


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
