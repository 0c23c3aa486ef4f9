"""Code that makes samples of a finite law of other numbers: the samples are enumerated in place of these.

Gumbel-max, exponential clocks and thresholds are seen for what they are (``checks.choosing``), at numbers
drawn at random and on both sides of the edges between outcomes. A draw of such numbers is then served as a
draw of the samples, and of numbers that choose them. That nothing else depends on the numbers is seen, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from checks.choosing import WIDTH, WIDTH_NARROW, Choice, Sent, chosen
from checks.evidence.laws import Unreplayable, is_random, serve
from checks.evidence.noise import Draw, at_random, record
from checks.oracle import Answering
from checks.problem import Problem
from checks.quantiles import sent_as
from checks.user.call import Subject
from checks.user.errors import UserError
from checks.user.replaying import called
from checks.user.returns import Answer
from checks.user.state import seeded

SEED = 52_021
# Samples of the calls in which choices are looked at, and whose outcomes are made of two sets of numbers.
SAMPLES, FEW, TRIES = 256, 3, 4


class Choosing(Subject):
    """The same estimator, whose numbers are drawn by way of the samples that they choose."""

    def __init__(self, subject: Subject, choice: Choice) -> None:
        super().__init__(subject.function, subject.problem)
        self.subject = subject
        self.choice = choice
        self._serving = _Serving(choice)

    def with_cost(self, answer: Answering) -> Subject:
        return Choosing(self.subject.with_cost(answer), self.choice)

    def moved(self, problem: Problem) -> Subject:
        return by_choice(self.subject.moved(problem), self.choice)

    def call(self, n: int) -> Answer:
        with self._serving:
            return self.subject.call(n)

    def expanded(self, n: int, samples: int) -> Tensor:
        with self._serving:
            return self.subject.expanded(n, samples)

    def vectorised(self, n: int, size: int) -> Tensor:
        with self._serving:
            return self.subject.vectorised(n, size)


class _Serving(TorchDispatchMode):
    """Draws of the numbers, made as a draw of samples: one that can be recorded and replayed."""

    def __init__(self, choice: Choice) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch
        self.choice = choice
        self.masses = torch.exp(choice.log_masses)
        self.each = max(choice.clocks, 1)
        self.rng = np.random.default_rng(SEED)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # as in ``checks.evidence.noise``

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if not is_random(func):
            return func(*args, **kwargs)
        served = serve(func, args, kwargs)
        if served.atoms:
            return func(*args, **kwargs)
        with torch._C._DisableTorchDispatch():  # for its shape: whoever records draws is not to see it
            out: Tensor = func(*args, **kwargs)
        if not out.numel() or (self.choice.clocks and out.shape[-1:] != (self.each,)):
            raise Unreplayable("it draws other numbers than those that choose its samples")
        lead = out.shape[:-1] if self.choice.clocks else out.shape
        rows = lead[0] if lead else 1
        outcomes = torch.multinomial(self.masses.expand(rows, -1), math.prod(lead) // rows, replacement=True)
        numbers = self.choice.numbers(outcomes.reshape(-1), self.rng)
        out.copy_(served.value(sent_as(served.base, numbers).reshape(out.shape)))
        return out


def choosing(subject: Subject, tolerance: float) -> Choosing | None:
    """The estimator by way of its samples, if its continuous draws do nothing but choose these."""
    narrow = tolerance > WIDTH
    try:
        seeded(SEED)
        choice = _choice(subject, SAMPLES, at_random)
        if choice is None or not choice.columns:
            return None
        edges = Sent(choice.edges(SAMPLES, WIDTH_NARROW if narrow else WIDTH))
        again = _choice(subject, SAMPLES, edges)
        if again is None or not again.like(choice) or not edges.all_sent:
            return None
        found = Choosing(subject, choice)
        return found if _settles(found, tolerance) else None
    except (Unreplayable, UserError):
        return None


def by_choice(subject: Subject, choice: Choice) -> Subject:
    """The estimator by way of its samples, which it makes as it did at another point."""
    here = choice if choice.point == subject.problem.point else choice.at(subject.problem)
    return subject if here is None else Choosing(subject, here)


def _choice(subject: Subject, n: int, sent: Callable[[Draw], Tensor]) -> Choice | None:
    """How a call makes its samples of the numbers that it is sent."""
    bases: set[str] = set()
    values: list[Tensor] = []

    def base(_: int, draw: Draw) -> Tensor:
        if draw.atoms:
            raise Unreplayable("its samples may be drawn as they are")
        found = sent(draw)
        bases.add(draw.base)
        values.append(found.reshape(-1))
        return found

    record(lambda: subject.call(n), base)
    points = subject.oracle.samples(n) if subject.oracle is not None else None
    if len(bases) != 1 or points is None or len(points) != n:
        return None
    return chosen(subject.problem, bases.pop(), torch.cat(values), points)


def _settles(found: Choosing, tolerance: float) -> bool:
    """Whether the same samples, of other numbers, give the same estimates."""
    source = called(found, FEW)
    rng = np.random.default_rng(SEED)
    masses = torch.exp(found.choice.log_masses).numpy()
    noise = rng.choice(len(masses), size=(TRIES, len(source.axes)), p=masses / masses.sum()).astype(float)
    (one, _), (two, _) = source.evaluate(noise), source.evaluate(noise)
    size = max(float(np.abs(one).max(initial=0.0)), 1.0)
    return bool((np.abs(one - two) <= tolerance * size).all())
