"""Mistakes that one sample cannot show: what the mean does as the number of samples grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from checks.evidence.arrays import Array
from checks.judge import Stated
from checks.user.call import Subject
from checks.user.exact import Known
from checks.user.formulas import explicit_term
from checks.user.judging import SAME
from checks.user.many import is_mean, many_calls
from checks.user.matching import Match
from checks.user.replaying import called

# More samples than exact evidence has, and calls with so many: a factor of two is far outside their error.
MORE, CALLS, BATCHES, SEED = 8, 16_384, 64, 40_961
# Where each takes a millisecond.
CALLS_APART = 1024


@dataclass(frozen=True, slots=True)
class BatchMistake:
    """A wrong mean that is ``factor(n)`` times the gradient; ``additive``: of independent terms, or not."""

    name: str
    factor: Callable[[int], float]
    says: str
    additive: bool


BATCH_MISTAKES = (
    BatchMistake(
        "sum_for_mean", lambda n: n, "times n: the samples are summed where their mean belongs", True
    ),
    BatchMistake(
        "divided_by_n_twice", lambda n: 1 / n, "divided by n: it was averaged twice over the samples", True
    ),
    BatchMistake(
        "own_sample_in_baseline",
        lambda n: (n - 1) / n,
        "times (n - 1)/n: the baseline averages over its own sample; leave that out",
        False,
    ),
    BatchMistake(
        "broadcast_to_n_by_n",
        lambda n: 1 / n,
        "divided by n: [n] met [n, 1] and was broadcast to [n, n], so costs met other samples' scores",
        False,
    ),
    BatchMistake(
        "bessel_in_baseline",
        lambda n: n / (n - 1),
        "times n/(n - 1): a leave-one-out correction was applied on top of a leave-one-out baseline",
        False,
    ),
)


def batch_mistake(subject: Subject, known: Known | None, stated: Stated) -> Match | None:
    """The one whose means at n = 2 and 3 are the estimator's; None where the mean is the same for every n.

    Where the mean is known at one n only, ordinary calls with more samples have to bear it out.
    """
    if known is None or known.additive:
        return None
    means = {n: m.mean for n, m in known.at.items()}
    gradient = stated.gradient
    explicit = explicit_term(subject.problem)
    found = _matching(subject, means, gradient)
    if found is not None:
        return _named(found, "the gradient")
    found = None if explicit is None else _matching(subject, means, gradient - explicit)
    return None if found is None else _named(found, "the gradient without its explicit term")


def _named(found: BatchMistake, base: str) -> Match:
    return Match({"mistake": found.name, "says": f"your mean for n samples is {base} {found.says}"})


def _matching(subject: Subject, means: dict[int, Array], base: Array) -> BatchMistake | None:
    """The one with these means as multiples of ``base [p]``."""
    if not np.abs(base).max() > 0:
        return None
    fitting = [m for m in BATCH_MISTAKES if all(_fits(m.factor(n) * base, x) for n, x in means.items())]
    if len(means) == 1 and fitting:
        calls, (same,) = _calls(subject), means.values()
        fitting = [m for m in fitting if _may_have(calls, m.factor(MORE) * base)]
        # Calls that do not tell it from a mean that is the same for every n tell nothing.
        fitting = [] if _may_have(calls, same) else fitting
    if len(fitting) > 1:
        additive = _scaled_mean(subject, fitting[0].factor)
        fitting = [m for m in fitting if m.additive == additive]
    return fitting[0] if len(fitting) == 1 else None


def one_n_only(known: Known | None) -> bool:
    """Whether the exact mean of an estimate whose samples interact is known for one number of them."""
    return known is not None and not known.additive and len(known.at) == 1


def borne_out(subject: Subject, mean: Array) -> bool:
    """Whether ordinary calls with ``MORE`` samples may have this mean."""
    return _may_have(_calls(subject), mean)


def _may_have(calls: Array, mean: Array) -> bool:
    """By five standard errors, of the means of batches."""
    batches = calls.reshape(BATCHES, -1, calls.shape[1]).mean(1)
    error = 5.0 * batches.std(0, ddof=1) / np.sqrt(BATCHES) + 1e-9 * np.maximum(np.abs(mean), 1e-3)
    return bool((np.abs(batches.mean(0) - mean) <= error).all())


def _calls(subject: Subject) -> Array:
    """``[calls, p]`` ordinary calls with ``MORE`` samples, in one where the code suits it."""
    return many_calls(subject, MORE, CALLS, SEED, SAME, apart=CALLS_APART)


def _fits(expected: Array, found: Array) -> bool:
    return bool((np.abs(expected - found) <= 1e-7 * np.maximum(np.abs(expected).max(), 1e-12)).all())


def _scaled_mean(subject: Subject, factor: Callable[[int], float]) -> bool:
    """Whether the estimate for n samples is ``factor(n)`` times a mean of one-sample terms."""
    one = called(subject, 1)
    return all(is_mean(subject, one, one, n, 1e-8, factor(n)) for n in (2, 3))
