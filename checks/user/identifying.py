"""The identities of ``checks.evidence.identities`` on a user's estimator."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from checks.evidence import identities
from checks.evidence.arrays import Array
from checks.evidence.identities import Cost
from checks.user.call import Subject
from checks.user.errors import UserError
from checks.user.exact import Known, mean_at
from checks.user.judging import SAME, SAME_NARROW
from checks.user.many import call_means
from checks.user.probing import Probe
from checks.user.replaying import random_noise
from checks.user.watching import findings

SEED = 77_003
ROWS, CALLS, SAMPLES = 2, 256, 16


def violations(subject: Subject, seen: Probe, known: Known | None) -> list[str]:
    """Which identities the estimator violates, in words."""
    same = SAME_NARROW if seen.narrow else 10 * SAME
    if known is None and seen.hidden and "same seed" in seen.hidden:
        return []  # nothing can be compared for the same draws
    try:
        found = [_dependence(subject, same), _constant(subject, known, same), _order(known, same)]
    except UserError:
        return []  # it cannot take another cost
    return [x for x in (*found, *findings(subject)) if x]


def _dependence(subject: Subject, same: float) -> str | None:
    def estimates(cost: Cost) -> Array:
        return call_means(subject.with_cost(cost), SAMPLES, ROWS, SEED)

    problem = subject.problem
    other = partial(identities.other_cost, columns=problem.dimension)
    none = identities.dependence(estimates, problem.f, other, same)
    return none or identities.linearity(estimates, problem.f, other, same)


def _constant(subject: Subject, known: Known | None, same: float) -> str | None:
    one = subject.with_cost(lambda a, t: _ones(a, subject.problem.dimension))
    names = subject.problem.wrt
    if known is not None and known.source.axes:
        found = mean_at(one, min(known.at), known)
        if found is not None:
            slack = same * np.maximum(np.sqrt(found.variance), 1.0) + 10 * found.mean_error
            return identities.constant_cost(found.mean, slack, names)
    return identities.constant_cost_sampled(call_means(one, SAMPLES, CALLS, SEED), names)


def _ones(a: torch.Tensor, columns: int) -> torch.Tensor:
    """The cost 1, with a graph to the samples where they have one: its derivative is zero."""
    return (0.0 * a if columns == 1 else 0.0 * a.sum(-1)) + 1.0


def _order(known: Known | None, same: float) -> str | None:
    if known is None or known.additive or known.source.order is None:
        return None
    noise = random_noise(known.source.axes, ROWS, SEED)
    return identities.permutation(lambda x: known.source.evaluate(x)[0], noise, known.source.order, same)
