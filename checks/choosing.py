"""Samples of a finite or countable law made of uniform, exponential or normal numbers, and the edges of it.

By thresholds (``u < p``, the quantile of ``u``) or by the largest of perturbed log-masses (Gumbel-max, the
first of exponential clocks). Code that makes the same choices as one of the two at numbers drawn at random,
and at numbers on both sides of the edges between choices, has the same edges: its samples have the law.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from checks.draws import masses_of
from checks.evidence.laws import Unreplayable
from checks.evidence.noise import Draw
from checks.problem import Problem
from checks.quantiles import Tails, sent_as, tails

# How far on either side of an edge it is looked, for code in float64 and in float32.
WIDTH, WIDTH_NARROW = 1e-9, 1e-5
MOST_OUTCOMES = 1000
# A last mass that small is where a table of masses was cut.
CUT_AT = 1e-26


@dataclass(frozen=True, slots=True)
class Choice:
    """How samples are made: by thresholds, or by Gumbel-max of ``clocks`` numbers for each sample.

    ``columns``: the numbers of a sample lie in a row, or else those of the first outcome come first.
    ``point`` is where the masses are those.
    """

    log_masses: Tensor
    mirrored: bool
    clocks: int = 0
    columns: bool = True
    point: Mapping[str, float] = field(default_factory=dict)

    @property
    def _beyond(self) -> float:
        """The mass after the last outcome, where a countable law was cut: masses fall as a series there."""
        last, before = torch.exp(self.log_masses[-2:].flip(0)).tolist()
        return last / (before / last - 1.0) if 0.0 < last < CUT_AT and last < before else 0.0

    @property
    def way(self) -> str:
        """Its name."""
        return "Gumbel-max" if self.clocks else "thresholds"

    def like(self, other: Choice) -> bool:
        """Whether it is made in the same way."""
        return (self.mirrored, self.clocks, self.columns) == (other.mirrored, other.clocks, other.columns)

    def samples(self, t: Tails, n: int) -> Tensor:
        """The samples ``[n]`` that the numbers with these tails stand for."""
        t = t.mirrored if self.mirrored else t
        if not self.clocks:
            return torch.searchsorted(_cumulated(self.log_masses), t.uniform, right=True).to(torch.float64)
        times = t.above.reshape(n, -1) if self.columns else t.above.reshape(-1, n).T
        return (self.log_masses - torch.log(times)).argmax(-1).to(torch.float64)

    def edges(self, n: int, width: float) -> Tails:
        """Numbers for ``n`` samples on both sides of edges, ``width`` away."""
        side = torch.where(torch.arange(n) % 2 == 0, -1.0, 1.0).to(torch.float64) * width
        t = self._clocks(n, side) if self.clocks else self._thresholds(n, side)
        return t.mirrored if self.mirrored else t

    def numbers(self, outcomes: Tensor, rng: np.random.Generator) -> Tails:
        """Numbers of which these samples are made, with the law that they have given the samples."""
        n = len(outcomes)
        rest, masses = torch.from_numpy(rng.random(n)), torch.exp(self.log_masses)
        if self.clocks:
            # The first clock rings at a time of its own; the others have not begun to wait by then.
            times = torch.from_numpy(rng.standard_exponential((n, self.clocks)))
            times[torch.arange(n), outcomes] = 0.0
            times = times - torch.log1p(-rest)[:, None] * masses
            times = times if self.columns else times.T
            t = Tails(times.reshape(-1), -torch.log(-torch.expm1(-times.reshape(-1))))
        else:
            # Each tail by itself: one does not tell a number for an outcome far out from the end.
            own, up = masses[outcomes], masses.cumsum(0) - masses
            down = masses.flip(0).cumsum(0).flip(0) - masses + self._beyond
            t = Tails(-torch.log(down[outcomes] + own * rest), -torch.log(up[outcomes] + own * (1.0 - rest)))
        return t.mirrored if self.mirrored else t

    def at(self, problem: Problem) -> Choice | None:
        """The same way at another point."""
        log_masses = _log_masses(problem)
        return None if log_masses is None else replace(self, log_masses=log_masses, point=problem.point)

    def _thresholds(self, n: int, side: Tensor) -> Tails:
        inner = _cumulated(self.log_masses)
        inner = inner[(inner > 4 * WIDTH_NARROW) & (inner < 1.0 - 4 * WIDTH_NARROW)][: n // 2]
        # All edges first; what is left of the samples is drawn at random.
        u = torch.rand(n, dtype=torch.float64)
        u[: 2 * len(inner)] = inner.repeat_interleave(2) + side[: 2 * len(inner)]
        return Tails(-torch.log1p(-u), -torch.log(u))

    def _clocks(self, n: int, side: Tensor) -> Tails:
        """Two outcomes nearly level: the winner, and another that is moved up to it."""
        times = torch.empty((n, self.clocks), dtype=torch.float64).exponential_()
        level, winner = (self.log_masses - torch.log(times)).max(-1)
        other = (winner + 1 + torch.randint(self.clocks - 1, (n,))) % self.clocks
        rows = torch.arange(n)
        times[rows, other] = torch.exp(self.log_masses[other] - level - side)
        times = times if self.columns else times.T
        return Tails(times.reshape(-1), -torch.log(-torch.expm1(-times.reshape(-1))))


class Sent:
    """Numbers to be sent, one draw after the other: ``sent(draw)`` is the next one's base noise."""

    def __init__(self, numbers: Tails) -> None:
        self._numbers = numbers
        self._at = 0

    @property
    def all_sent(self) -> bool:
        """Whether none is left."""
        return self._at == len(self._numbers.above)

    def __call__(self, draw: Draw) -> Tensor:
        start, self._at = self._at, self._at + math.prod(draw.shape)
        if self._at > len(self._numbers.above):
            raise Unreplayable("it draws more numbers than before")
        part = Tails(self._numbers.above[start : self._at], self._numbers.below[start : self._at])
        return sent_as(draw.base, part).reshape(draw.shape)


def _cumulated(log_masses: Tensor) -> Tensor:
    """The edges between outcomes as uniform numbers: one fewer than there are outcomes."""
    return torch.exp(log_masses).cumsum(0)[:-1]


def chosen(problem: Problem, base: str, values: Tensor, samples: Tensor) -> Choice | None:
    """How ``samples [n]`` were made of the ``values`` that were sent, if in one of the usual ways."""
    t, n = tails(base, values), len(samples)
    log_masses = None if t is None or len(values) % n else _log_masses(problem)
    if t is None or log_masses is None:
        return None
    ways = _ways(log_masses, len(values) // n)
    way = next((way for way in ways if torch.equal(way.samples(t, n), samples)), None)
    return None if way is None else replace(way, point=problem.point)


def _ways(log_masses: Tensor, each: int) -> Iterator[Choice]:
    if each == 1:
        yield from (Choice(log_masses, mirrored) for mirrored in (False, True))
    elif each == len(log_masses):
        for columns in (True, False):
            yield from (Choice(log_masses, mirrored, each, columns) for mirrored in (True, False))


def _log_masses(problem: Problem) -> Tensor | None:
    """Of the outcomes 0, 1, ... of the problem's law, in order; None for any other law."""
    law = problem.proof.trees.get("law")
    support = law.get("support") if isinstance(law, dict) else None
    if not isinstance(support, list) or len(support) != 1 or support[0][0] != ["num", "0"]:
        return None
    with torch.no_grad():
        try:
            return _listed(problem, support[0][1])
        except (OverflowError, ValueError):
            return None


def _listed(problem: Problem, last: list[str]) -> Tensor | None:
    if last == ["const", "oo"]:
        masses = masses_of(problem.log_density)
        return torch.log(masses / masses.sum())
    if last[0] != "num" or int(last[1]) >= MOST_OUTCOMES:
        return None
    found = problem.log_density(torch.arange(int(last[1]) + 1, dtype=torch.float64))
    # A continuous law between whole numbers has a density there, and no masses.
    return found if abs(float(torch.exp(found).sum()) - 1.0) < 1e-9 else None
