"""Sample for sample: is a submission's estimate that of a known estimator, for the noise it was sent?

The grader makes the noise, so it can compute what any known estimator gives for it. If the two are equal at
noise of ordinary and of unusual size, with another integrand that nobody knew before, and for other numbers
of samples, they are the same function of the noise, and the exact mean and variance of the known one are
those of the submission: no sampling error, no quadrature, a few calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from checks.bridge import compile_tree
from checks.choosing import WIDTH, WIDTH_NARROW, Choice, Sent
from checks.evidence.arrays import Array
from checks.evidence.laws import Unreplayable
from checks.evidence.noise import Draw, at_random, record
from checks.grading.child import NARROW
from checks.grading.noises import noise_of
from checks.grading.remembered import once_for_each_proof
from checks.grading.remote import RemoteSubject
from checks.mistakes import estimator_called
from checks.oracle import Answering
from checks.problem import Parameters, Problem
from checks.user.state import seeded
from derive.errors import DeriveError
from derive.proof import Proof

# Two ways to add some hundred float64 numbers; float32 has seven digits, of which sums lose two or three.
SAME, SAME_NARROW = 1e-9, 1e-4
# Noise this much larger than it would be drawn reaches the tails that ordinary draws do not.
STRETCH = 1.7
FEW = 5
LEAVE_ONE_OUT = "leave_one_out"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the noise ``[n]`` or ``[n, d]`` that was sent, the integrand, and the estimate ``[p]``."""

    noise: Tensor
    answer: Answering
    estimate: Array
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a few calls showed: ``calls`` whose noise is that of the family, ``values`` of it in all.

    ``secret`` is the one with an integrand that was made up for it. ``repeats``: the same noise gives the
    same estimate. ``points`` is how often the integrand was asked in the first call, with ``n`` samples.
    """

    calls: tuple[Call, ...]
    secret: Call
    repeats: bool
    points: int
    n: int

    @property
    def values(self) -> int:
        """How many values of the noise were sent."""
        return sum(len(call.noise) for call in (*self.calls, self.secret))


@once_for_each_proof
def _problem(proof: Proof) -> Problem:
    return Problem(proof)


class _Given(Problem):
    """A problem whose noise, or samples, are those of a call; ``NotApplicable`` where more is drawn."""

    def __init__(self, proof: Proof, answer: Answering, noise: Tensor) -> None:
        self.__dict__.update(vars(_problem(proof)))  # whose functions are compiled, and its leaves made
        self._answer, self._values = answer, noise

    def f(self, a: Tensor, theta: Parameters | None = None) -> Tensor:
        return self._answer(a, self.theta if theta is None else theta)

    def draw_noise(self, n: int, generator: Generator, copies: int | None = None) -> Tensor:
        if self._transport is None or copies is not None:
            return super().draw_noise(n, generator, copies)
        return self._values.clone()

    def sample(self, n: int, generator: Generator, copies: int | None = None) -> Tensor:
        if copies is not None:
            return super().sample(n, generator, copies)
        if self._transport is None:
            return self._values.clone()
        with torch.no_grad():
            return self.transport(self._values)


def watch(subject: RemoteSubject, n: int, seed: int) -> Seen | None:
    """A few calls; None where the noise that it draws is not in itself that of the family."""
    try:
        seeded(seed)
        first = _recorded(subject, n)
        if first is None:
            return None
        assert subject.oracle is not None
        points = subject.oracle.count
        if first.choice is not None and not _has_edges(subject, first.choice, n):
            return None
        few, again = (_repeatable(subject, seed) for _ in range(2))
        if few is None or again is None:
            return None
        secret = _secret(subject, n, seed)
    except Unreplayable:
        return None
    if secret is None:
        return None
    repeats = np.array_equal(few.estimate, again.estimate)
    return Seen((first, few), secret, repeats, points, n)


def _recorded(
    subject: RemoteSubject, n: int, stretch: float = 1.0, sent: Callable[[Draw], Tensor] | None = None
) -> Call | None:
    """A call whose draws are drawn here; None where they are not, in themselves, those of the family.

    ``sent`` may choose the values of continuous draws.
    """

    def draws(_: int, draw: Draw) -> Tensor | None:
        if draw.atoms or sent is not None:
            return None if draw.atoms or sent is None else sent(draw)
        return at_random(draw) * (stretch if draw.base != "uniform" else 1.0)

    try:
        _, answer = record(lambda: subject.call(n), draws)
    except Unreplayable:  # a law that is drawn as a whole: its values are known all the same
        answer = subject.call(n)
    noise = noise_of(subject, n)
    return None if noise is None else Call(noise.values, subject.answer, answer.mean.numpy(), noise.choice)


def _has_edges(subject: RemoteSubject, choice: Choice, n: int) -> bool:
    """Whether the code makes the same choices on both sides of the edges between outcomes."""
    width = WIDTH_NARROW if NARROW in subject.watched.changes else WIDTH
    sent = Sent(choice.edges(n, width))
    found = _recorded(subject, n, sent=sent)
    return sent.all_sent and found is not None and found.choice is not None and found.choice.like(choice)


def _repeatable(subject: RemoteSubject, seed: int) -> Call | None:
    """A call with few samples, with the same noise whenever it is made."""
    seeded(seed + 1)
    return _recorded(subject, FEW)


def _secret(subject: RemoteSubject, n: int, seed: int) -> Call | None:
    """A call with wide noise and an integrand that the submission cannot know."""
    rng = np.random.default_rng([seed, 3])
    own = subject.answer
    w, phase, share, slope = rng.uniform(0.5, 2.0, 4).tolist()

    # An estimator may rely on an integrand without a parameter, so this one has no other ones.
    tree = subject.problem.proof.trees["integrand"]
    assert isinstance(tree, list)
    names = sorted(set(compile_tree(tree).symbols) & set(subject.problem.point))

    def answer(a: Tensor, theta: Parameters) -> Tensor:
        wave = torch.sin(w * a + phase)
        more = wave if subject.problem.dimension == 1 else wave.sum(-1)
        return share * own(a, theta) + more * (1.0 + slope * sum(theta[name] for name in names))

    return _recorded(subject.with_cost(answer), n, STRETCH)


def is_estimator(name: str, proof: Proof, narrow: bool, calls: Iterable[Call]) -> bool:
    """Whether the estimates of these calls are those of the estimator, or the mistake, of that name."""
    same = SAME_NARROW if narrow else SAME
    return all(_equal(values_of(name, proof, call), call.estimate, same) for call in calls)


def values_of(name: str, proof: Proof, call: Call) -> Array | None:
    """What a known estimator gives for the noise of a call, ``[n, p]``; None if it does not fit."""
    if name == LEAVE_ONE_OUT:
        return _leave_one_out(proof, call)
    estimate: Callable[..., Tensor] = estimator_called(name).estimate
    try:
        with torch.enable_grad():
            rows = estimate(_Given(proof, call.answer, call.noise), len(call.noise), _generator())
    except (DeriveError, RuntimeError, ValueError, KeyError, NotImplementedError):
        return None  # it needs another kind of noise, or numbers that this proof does not have
    return rows.detach().to(torch.float64).numpy() if len(rows) == len(call.noise) else None


def _leave_one_out(proof: Proof, call: Call) -> Array | None:
    """Of all samples of the call, not of the pairs that its record is about; its terms, ``[n, p]``."""
    problem, n = _Given(proof, call.answer, call.noise), len(call.noise)
    try:
        theta, a = problem.leaves(n), problem.sample(n, _generator())
        cost = problem.f(a, theta)
        others = (cost.sum() - cost) / (n - 1)
        surrogate = (cost - others).detach() * problem.log_density(a, theta) + cost
        return problem.gradients(surrogate, theta).numpy()
    except (DeriveError, RuntimeError, ZeroDivisionError):
        return None


def _equal(rows: Array | None, estimate: Array, same: float) -> bool:
    if rows is None or not np.isfinite(rows).all() or not np.isfinite(estimate).all():
        return False
    # What a sum rounds to depends on the size of what is added, not on what is left.
    scale = np.maximum(np.abs(rows).mean(0), 1e-12)
    return bool((np.abs(rows.mean(0) - estimate) <= same * scale).all())


def _generator() -> Generator:
    return torch.Generator().manual_seed(1)
