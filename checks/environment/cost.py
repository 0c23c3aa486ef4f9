"""The large sum: what it costs to add up |A|**T terms exactly, against sampling to a stated error.

The problem is the smallest that grows: T independent choices among A actions by one softmax, and a cost that
looks at all of them, ``g = (mean_t v(a_t))**2``, differentiated by the logit of the last action. It has
a closed form, to which both ways are held.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from checks.evidence.arrays import Array, Indices

# Terms or samples in one vectorised call: few enough for their arrays to stay in the caches.
CHUNK = 1 << 13
# Rows are made up to this many terms; by then either way has long been extrapolated.
MOST_TERMS = 10**18
PILOT = 1 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """One horizon: ``terms`` of the sum and ``samples`` for the error asked for, and the seconds of both.

    Seconds that would have taken too long are extrapolated from the rate, and not ``measured``.
    """

    steps: int
    terms: int
    exact_seconds: float
    exact_measured: bool
    samples: int
    sampling_seconds: float
    sampling_measured: bool

    @property
    def cheaper(self) -> str:
        return "sum" if self.exact_seconds <= self.sampling_seconds else "sampling"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "cheaper": self.cheaper}


@dataclass(frozen=True, slots=True)
class Choices:
    """T independent choices among A actions with fixed, uneven probabilities."""

    actions: int
    steps: int

    @property
    def probabilities(self) -> Array:
        logits = np.sin(np.arange(1.0, self.actions + 1.0))
        raised = np.exp(logits)
        return np.asarray(raised / raised.sum())

    @property
    def values(self) -> Array:
        return np.linspace(0.0, 1.0, self.actions)

    def closed_form(self) -> float:
        """``d/dtheta [Var(v)/T + E[v]**2]`` by the logit of the last action; positive at every T."""
        p, v = self.probabilities, self.values
        moved = p * ((np.arange(self.actions) == self.actions - 1) - p[-1])
        mean = p @ v
        slope = moved @ v
        spread = moved @ v**2 - 2.0 * mean * slope
        return float(spread / self.steps + 2.0 * mean * slope)

    def contributions(self, actions: Indices) -> tuple[Array, Array]:
        """Probability and ``g`` times score of sequences ``[n, T]``."""
        p = self.probabilities
        cost = self.values[actions].mean(1) ** 2
        score = (actions == self.actions - 1).sum(1) - self.steps * p[-1]
        return p[actions].prod(1), cost * score

    def exact(self) -> float:
        """The sum over all sequences."""
        terms, total = self.actions**self.steps, 0.0
        for start in range(0, terms, CHUNK):
            weight, value = self.contributions(self._sequences(start, min(start + CHUNK, terms)))
            total += float(weight @ value)
        return total

    def sampled(self, n: int, generator: np.random.Generator) -> tuple[float, float]:
        """Mean and variance of ``n`` samples of the score-function estimator."""
        total = squares = 0.0
        for start in range(0, n, CHUNK):
            size = (min(start + CHUNK, n) - start, self.steps)
            _, value = self.contributions(generator.choice(self.actions, size, p=self.probabilities))
            total += float(value.sum())
            squares += float(value @ value)
        mean = total / n
        return mean, squares / n - mean**2

    def _sequences(self, start: int, stop: int) -> Indices:
        """The sequences of these numbers, written in base A."""
        index = np.arange(start, stop)
        return np.stack([index // self.actions**t % self.actions for t in range(self.steps)], axis=1)


def rows(
    actions: int,
    seconds: float,
    error: float,
    seed: int = 0,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Iterator[Row]:
    """One row for each horizon until the sum is hopeless; each way is measured while it takes a share of
    ``seconds`` and extrapolated from then on. ``error`` is the relative standard error of sampling.
    """
    share, rate, steps = seconds / 8.0, 0.0, 1
    horizons = _horizons(actions)
    while steps <= horizons:
        progress(steps - 1, horizons, f"{actions}**{steps} terms")
        choices = Choices(actions, steps)
        terms = actions**steps
        measured = rate * terms <= share
        exact = _timed(choices.exact) if measured else rate * terms
        rate = exact / terms if measured else rate
        yield _row(choices, terms, exact, measured, error, share, np.random.default_rng([seed, steps]))
        steps += 1


def _horizons(actions: int) -> int:
    steps = 1
    while actions ** (steps + 1) <= MOST_TERMS:
        steps += 1
    return steps


def _row(
    choices: Choices,
    terms: int,
    exact: float,
    measured: bool,
    error: float,
    share: float,
    generator: np.random.Generator,
) -> Row:
    start = time.perf_counter()
    _, variance = choices.sampled(PILOT, generator)
    per_sample = (time.perf_counter() - start) / PILOT
    samples = max(1, round(variance / (error * choices.closed_form()) ** 2))
    affordable = per_sample * samples <= share
    spent = _timed(lambda: choices.sampled(samples, generator)) if affordable else per_sample * samples
    return Row(choices.steps, terms, exact, measured, samples, spent, affordable)


def _timed(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def crossover(found: list[Row]) -> int | None:
    """The first horizon from which on sampling stays cheaper; None where it never is."""
    last = max((row.steps for row in found if row.cheaper == "sum"), default=0)
    return next((row.steps for row in found if row.steps > last), None)
