"""Whether an estimate is made of the answers of the integrand, and of all of its samples."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor

from checks.estimators import ESTIMATORS
from checks.evidence.arrays import Array
from checks.evidence.exact import NoExactEvidence, examine
from checks.grading.child import ROUGH
from checks.grading.remote import RemoteSubject
from checks.oracle import Answering
from checks.problem import Parameters, Problem
from checks.user.errors import UserError
from checks.user.exact import Known, mean_at
from checks.user.many import call_means
from checks.user.probing import Probe
from derive.errors import DeriveError

SEED = 91_121
# A sample that is left out is missed by one trial with half a chance where half are left out: 2**-20 by all.
TRIALS = 20
SAME = 1e-12
ROUNDING = 1e-9
# Two means by quadrature; and less than any integrand makes to an estimate that is made of its values.
SAME_MEAN = 1e-6
# Of Torch's derivatives of gamma, beta and Dirichlet samples by their parameters, with a distance.
ACCURACY = 1e-3


def uses_the_integrand(subject: RemoteSubject, seen: Probe, known: Known | None, n: int) -> bool | None:
    """Whether its mean for another integrand, which nobody knew before, is the gradient of that one.

    Where no exact mean is to be had: whether the other integrand changes the estimate for the same draws.
    """
    if seen.points == 0:
        return False
    other = _other(subject.problem)
    try:
        if known is not None:
            theirs = mean_at(subject.with_cost(other), min(known.at), known)
            ours = _exact(subject.problem, other)
            if theirs is not None and ours is not None:
                scale = max(float(np.abs(ours).max()), float(np.sqrt(theirs.variance.max())), 1e-9)
                same = ACCURACY if ROUGH in subject.watched.changes else SAME_MEAN
                off = np.abs(theirs.mean - ours) - 10 * theirs.mean_error
                return bool((off <= same * scale).all())
        own, changed = call_means(subject, n, 1, SEED), call_means(subject.with_cost(other), n, 1, SEED)
    except UserError:
        return None
    return bool((np.abs(own - changed) > SAME_MEAN * np.maximum(np.abs(own), 1e-9)).any())


def uses_the_answers(
    subject: RemoteSubject, seen: Probe, known: Known | None, n: int, right: list[bool] | None
) -> bool | None:
    """Whether the estimate is made of the integrand's answers; ``right`` is what a refuted one has right.

    A wrong estimator is wrong for other integrands too, also where it is right for this one by chance: there
    it is enough that what is right is linear in the integrand.
    """
    if right is None or seen.points == 0:
        return uses_the_integrand(subject, seen, known, n)
    if not any(right):
        return uses_the_integrand(subject, seen, None, n)
    scales = scales_with_the_integrand(subject, n)
    return None if scales is None else bool(scales[right].all())


def scales_with_the_integrand(subject: RemoteSubject, n: int) -> Array | None:
    """Which coordinates double, for the same draws, when the integrand does.

    What is linear in the integrand does, however wrong it is; the exact gradient of one integrand, known
    beforehand and with any noise added to it, does not. None where it cannot be called so.
    """
    problem = subject.problem
    try:
        own = call_means(subject, n, 1, SEED)[0]
        twice = call_means(subject.with_cost(lambda a, theta: 2.0 * problem.f(a, theta)), n, 1, SEED)[0]
    except UserError:
        return None
    scales: Array = np.abs(twice - 2.0 * own) <= SAME_MEAN * np.maximum(np.abs(own), 1e-9)
    return scales


def _other(problem: Problem) -> Answering:
    def other(a: Tensor, theta: Parameters) -> Tensor:
        wave = torch.cos(1.3 * a + 0.7)
        return wave if problem.dimension == 1 else wave.sum(-1)

    return other


class _Other(Problem):
    """The problem with another integrand."""

    def __init__(self, problem: Problem, answer: Answering) -> None:
        super().__init__(problem.proof)
        self._answer = answer

    def f(self, a: Tensor, theta: Parameters | None = None) -> Tensor:
        return self._answer(a, self.theta if theta is None else theta)


def _exact(problem: Problem, answer: Answering) -> Array | None:
    """The gradient of the other integrand, by an estimator of ours with its noise replayed."""
    other = _Other(problem, answer)
    for name in ("pathwise", "score_function"):
        known = problem.proof.statistics.get(name)
        if known is None or known.refusal:
            continue
        try:
            return examine(partial(ESTIMATORS[name].estimate, other), len(problem.wrt)).moments.mean
        except (NoExactEvidence, DeriveError):
            continue
    return None


def uses_the_samples(subject: RemoteSubject, seen: Probe, known: Known | None, n: int) -> bool | None:
    """Whether every sample counts: it is the mean of n varying terms, or each of some answers changes it."""
    if seen.points < n:
        return False
    if known is not None and known.additive:
        m = known.moments
        # Without spread there are no samples: what is left of the variance then is rounding.
        return bool((m.variance > (ROUNDING * m.mean) ** 2).any())
    if seen.hidden:
        return None
    rng = np.random.default_rng(SEED)
    try:
        own = call_means(subject, n, 1, SEED)
        for index in rng.choice(seen.points, size=min(TRIALS, seen.points), replace=False).tolist():
            if _same(own, _with_another_answer(subject, n, index)):
                return False
    except UserError:
        return None
    return True


def _with_another_answer(subject: RemoteSubject, n: int, index: int) -> Array:
    """The estimate for the same draws, with the integrand larger and steeper at one of its points."""
    asked = 0

    def answer(a: Tensor, theta: Parameters) -> Tensor:
        nonlocal asked
        value = subject.problem.f(a, theta)
        here = torch.zeros(value.numel(), dtype=torch.float64)
        if 0 <= index - asked < len(here):
            here[index - asked] = 1.0
        asked += len(here)
        return value + here.reshape(value.shape) * (value + 1.0)

    return call_means(subject.with_cost(answer), n, 1, SEED)


def _same(one: Array, two: Array) -> bool:
    return bool((np.abs(one - two) <= SAME * np.maximum(np.abs(one), 1.0)).all())
