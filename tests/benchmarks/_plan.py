"""A run on many machines, simulated event by event from what one task was measured to cost.

One scheduler hands out tasks one after another; machines start, import, work, and fail now and then, and what
they had in hand is handed out again. Nothing here is measured: the costs that come in are.
"""

from __future__ import annotations

import bisect
import heapq
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one task, in seconds and bytes: ``seconds`` of a worker, ``overhead`` of the scheduler.

    ``spread`` is the standard deviation of the logarithm of the seconds. ``start`` is a worker's, before its
    first task; ``memory`` what it holds; ``sent`` and ``received`` what a task moves.
    """

    seconds: float
    overhead: float
    start: float
    spread: float
    memory: float
    sent: float
    received: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of a simulated run; ``busy`` is the part of all processor time that went into tasks that counted."""

    wall: float
    busy: float
    lost: int
    failures: int


# A machine fails once in so many hours: a cautious figure for rented ones that may be taken away.
HOURS_BETWEEN_FAILURES = 100.0
RATE = 1.0 / (3600.0 * HOURS_BETWEEN_FAILURES)
# Until the scheduler misses a worker, as Dask's own time-out has it, and a new machine is there.
NOTICED, REPLACED = 300.0, 120.0


class _Machine:
    """When it fails: a Poisson process, drawn as far as it is asked for."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._times = [rng.expovariate(RATE)]

    def next(self, after: float) -> float:
        """The first failure from then on."""
        while self._times[-1] < after:
            self._times.append(self._times[-1] + self._rng.expovariate(RATE))
        return self._times[bisect.bisect_left(self._times, after)]

    def before(self, end: float) -> int:
        """How many there were until then."""
        self.next(end)
        return bisect.bisect_left(self._times, end)


def simulate(costs: Costs, tasks: int, machines: int, cores: int, seed: int = 0) -> Outcome:
    """So many tasks on so many machines of so many cores; the same for the same seed."""
    rng = random.Random(f"{seed}/{tasks}/{machines}/{cores}")
    every = [_Machine(rng) for _ in range(machines)]
    free = [(costs.start, worker) for worker in range(machines * cores)]
    waiting = [0.0] * tasks  # from when a task can be handed out
    scheduler = wall = useful = 0.0
    lost = 0
    while waiting:
        ready = heapq.heappop(waiting)
        now, worker = heapq.heappop(free)
        begins = max(now, ready, scheduler) + costs.overhead
        scheduler = begins
        ends = begins + costs.seconds * rng.lognormvariate(-0.5 * costs.spread**2, costs.spread)
        fails = every[worker // cores].next(begins)
        if fails < ends:
            lost += 1
            heapq.heappush(waiting, fails + NOTICED)
            heapq.heappush(free, (fails + REPLACED + costs.start, worker))
            continue
        wall, useful = max(wall, ends), useful + ends - begins
        heapq.heappush(free, (ends, worker))
    failures = sum(machine.before(wall) for machine in every)
    return Outcome(wall, useful / (wall * machines * cores), lost, failures)
