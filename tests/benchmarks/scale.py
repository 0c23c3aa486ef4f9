"""What it costs to hand tasks out, how large they must be, and a plan for runs that no one machine does.

Overheads are those of tasks that do nothing, in CPU time, which other programs on the machine do not use up;
the size of a task at which they are one percent follows, and is measured. Results are compared to the bit.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import math
import os
import pickle
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from checks.engines import Cluster, Here, Processes, finished
from tests.benchmarks._plan import HOURS_BETWEEN_FAILURES, Costs, simulate
from tests.benchmarks.part import Goal, Part, Table

CHUNK = 1 << 15
# What overhead may be of a task.
SHARE = 0.01
SAMPLES, SUBMISSIONS = 10**12, 10**6
# Machines, and processors of each.
FLEETS = ((1, 2), (1, 32), (4, 32), (16, 32))
Engine = Here | Processes | Cluster


def nothing(i: int) -> int:
    """A task that costs what handing it out costs."""
    return i


def sampled(seed: int, chunks: int) -> tuple[float, ...]:
    """Sums of score-function gradients of E[a**2] over so many chunks, each with a seed of its own."""
    import torch

    torch.set_num_threads(1)
    mu, sigma = 0.7, 1.3
    parts = []
    for i in range(chunks):
        z = torch.randn(CHUNK, generator=torch.Generator().manual_seed((seed * chunks + i) % 2**32)).double()
        cost = (mu + sigma * z) ** 2 / sigma
        rows = torch.stack([cost * z, cost * (z * z - 1.0)])
        parts.append((rows.sum(1), (rows @ rows.T).ravel()))
    sums = torch.stack([torch.cat(part) for part in parts]).sum(0)
    return tuple(sums.tolist())


def timed(seed: int, chunks: int) -> tuple[tuple[float, ...], float]:
    """``sampled`` with its CPU seconds."""
    start = time.process_time()
    found = sampled(seed, chunks)
    return found, time.process_time() - start


def engines() -> dict[str, Callable[[], AbstractContextManager[Engine]]]:
    """Every engine that there is here, with one worker and with two, to be opened one after another."""
    found: dict[str, Callable[[], AbstractContextManager[Engine]]] = {
        "this process": Here,
        "1 process": partial(Processes, 1),
        "2 processes": partial(Processes, 2),
    }
    if importlib.util.find_spec("distributed") is not None:
        found |= {"Dask, 1 worker": partial(_dask, 1), "Dask, 2 workers": partial(_dask, 2)}
    return found


@contextmanager
def _dask(workers: int) -> Iterator[Cluster]:
    distributed: Any = importlib.import_module("distributed")
    made = distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    )
    try:
        with Cluster(made.scheduler_address, strict=False) as cluster:
            cluster.wait_for(workers)
            yield cluster
    finally:
        made.close()


def _all(engine: Engine, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> list[Any]:
    found = dict(finished(engine, function, tasks, len(tasks)))
    return [found[i] for i in range(len(tasks))]


def clock() -> tuple[int, float]:
    """Which process this is, and its CPU seconds; it stays long enough for the others to be asked too."""
    time.sleep(0.02)
    return os.getpid(), time.process_time()


def _spent(engine: Engine) -> dict[int, float]:
    """The CPU seconds of this process and of every worker."""
    found: dict[int, float] = {}
    for pid, seconds in _all(engine, clock, [()] * (6 * engine.workers)):
        found[pid] = max(found.get(pid, 0.0), seconds)
    return {**found, os.getpid(): time.process_time()}


def cost(engine: Engine, run: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, the CPU seconds that all processes took together, and the seconds on the wall."""
    before, start = _spent(engine), time.perf_counter()
    found = run()
    wall, after = time.perf_counter() - start, _spent(engine)
    return found, sum(after[pid] - before.get(pid, 0.0) for pid in after), wall


def idle(engine: Engine, count: int) -> tuple[float, float]:
    """CPU and wall seconds of a task that does nothing, asking for the CPU taken off."""
    run = lambda: _all(engine, nothing, [(i,) for i in range(count)])  # noqa: E731
    run()
    _, empty, _ = cost(engine, lambda: None)
    _, cpu, wall = cost(engine, run)
    return max(cpu - empty, 0.0) / count, wall / count


def background(engine: Engine, seconds: float) -> float:
    """CPU seconds per second that the engine takes while nothing is asked of it: heartbeats, for one."""
    _, empty, _ = cost(engine, lambda: None)
    _, cpu, wall = cost(engine, lambda: time.sleep(seconds))
    return max(cpu - empty, 0.0) / wall


def busy(engine: Engine, chunks: int, tasks: int, rate: float) -> tuple[float, float]:
    """The part of all CPU seconds that is not the tasks' own, at a size; and the seconds on the wall.

    What the engine takes anyhow, at the ``rate`` of ``background``, is taken off: it grows with the wall.
    """
    _, empty, _ = cost(engine, lambda: None)
    found, cpu, wall = cost(engine, lambda: _all(engine, timed, [(i, chunks) for i in range(tasks)]))
    own = sum(seconds for _, seconds in found)
    return max(cpu - empty - own - rate * wall, 0.0) / own, wall


def part(quick: bool) -> Part:
    """Overheads, sizes, efficiencies, and the plans that follow from them."""
    count, tasks = (100, 4) if quick else (300, 6)
    timed(0, 16)  # the first one imports Torch
    seconds = [timed(i, 16)[1] for i in range(12)]
    ns = 1e9 * statistics.median(seconds) / (16 * CHUNK)
    rows: list[dict[str, Any]] = []
    digests: dict[str, str] = {}
    for name, opened in engines().items():
        with opened() as engine:
            digests[name] = _digest(_all(engine, sampled, [(i, 4) for i in range(6 * engine.workers)])[:6])
            rows.append({"engine": name, **_row(engine, count, tasks, ns)})
        rows[-1]["same bits"] = digests[name] == digests["this process"]
    dask = next((row for row in rows if row["engine"] == "Dask, 1 worker"), None)
    costs = _costs(quick, (dask or rows[1])["CPU ms per empty task"] * 1e-3, ns, seconds)
    return Part(
        "Scale", "Tasks on every engine.", tuple(rows), _goals(rows, digests), _notes(ns), _plans(costs)
    )


def _row(engine: Engine, count: int, tasks: int, ns: float) -> dict[str, Any]:
    """What is measured of one engine."""
    cpu, wall = idle(engine, count)
    rate = background(engine, 2.0)
    chunk = _power(cpu / SHARE / (ns * 1e-9))
    share, work = busy(engine, chunk // CHUNK, tasks, rate)
    return {
        "CPU ms per empty task": 1e3 * cpu,
        "wall ms per empty task": 1e3 * wall,
        "idle, % of a processor": 100.0 * rate,
        "samples per task": chunk,
        "an empty task in one, %": 100.0 * cpu / (chunk * ns * 1e-9),
        "overhead measured, %": 100.0 * share,
        "million samples per wall s": 1e-6 * tasks * chunk / work,
    }


def _goals(rows: Sequence[dict[str, Any]], digests: dict[str, str]) -> tuple[Goal, ...]:
    bits = len(set(digests.values()))
    said = [row for row in rows if row["engine"].startswith("Dask")]
    # What is measured is what is left of a difference, and may be nothing: the larger of the two counts.
    kinds = ("an empty task in one, %", "overhead measured, %")
    worst = max((row[kind] for row in said for kind in kinds), default=None)
    one = "" if worst is None else f"{worst:.2g} % at {said[0]['samples per task']:,} samples a task"
    return (
        Goal(
            "results the same to the last bit on every engine",
            "they are" if bits == 1 else f"{bits} different",
            bits == 1,
        ),
        Goal("Dask's overhead below 1 % at the chunk chosen", one, None if worst is None else worst < 1.0),
    )


def _notes(ns: float) -> tuple[str, ...]:
    return (
        f"{ns:.1f} ns of CPU a sample: the score function of E[a**2] with its mean and covariance",
        "overhead is CPU of all processes together, client, scheduler and workers, that no task took itself",
        f"all of them share {os.cpu_count()} processors with whatever else runs: the wall is what it is",
    )


def _power(samples: float) -> int:
    """The least power of two that is as large."""
    return 1 << max(int(samples - 1).bit_length(), 15)


def _digest(found: list[Any]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()[:12]


def _costs(quick: bool, overhead: float, ns: float, seconds: Sequence[float]) -> dict[str, tuple[Costs, int]]:
    """By workload: what a task costs, and how much of the work it is."""
    spread = statistics.pstdev([math.log(s) for s in seconds])
    # Of a process that has imported Torch: this one, and a grader is another such.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    chunk = _power(overhead / SHARE / (ns * 1e-9))
    result = len(pickle.dumps(sampled(0, 1)))
    sampling = Costs(chunk * ns * 1e-9, overhead, _start(), spread, memory, 200.0, float(result))
    each, said = _graded(4 if quick else 12)
    batch = max(64, int(overhead / SHARE / statistics.fmean(each)))
    grading = Costs(
        batch * statistics.fmean(each),
        overhead,
        2.0 * _start(),
        statistics.pstdev([math.log(s) for s in each]) / batch**0.5,
        2.0 * memory,
        batch * 1500.0,
        float(batch * said),
    )
    return {"samples": (sampling, chunk), "submissions": (grading, batch)}


def _start() -> float:
    """CPU seconds of a fresh interpreter that imports Torch."""
    from tests.studies.grading import cold_start

    return cold_start()


def _graded(count: int) -> tuple[list[float], int]:
    """CPU seconds of some submissions, and the bytes of what is said of one."""
    from tests.studies.grading import judged
    from tests.studies.submissions import submissions

    found = judged(submissions(count))
    return [a.seconds for a in found], max(len(pickle.dumps(a)) for a in found)


def _enlarged(costs: Costs, size: int, cores: int) -> tuple[Costs, int]:
    """Larger tasks where so many processors would wait for the scheduler: half of its time stays free."""
    times = max(1, math.ceil(2.0 * costs.overhead * cores / costs.seconds))
    spread = costs.spread / math.sqrt(times)
    return replace(costs, seconds=times * costs.seconds, spread=spread, sent=times * costs.sent), times * size


def _plans(costs: dict[str, tuple[Costs, int]]) -> tuple[Table, ...]:
    """Simulated: nobody has run these."""
    wanted = {"samples": SAMPLES, "submissions": SUBMISSIONS}
    rows = []
    for name, (least, smallest) in costs.items():
        for machines, cores in FLEETS:
            cost, size = _enlarged(least, smallest, machines * cores)
            tasks = -(-wanted[name] // size)
            seen = simulate(cost, tasks, machines, cores)
            rows.append(
                {
                    "work": f"{wanted[name]:.0e} {name}",
                    "machines": f"{machines} of {cores} processors",
                    "tasks": f"{tasks:,} of {size:,}",
                    "hours": seen.wall / 3600.0,
                    "processors busy, %": 100.0 * seen.busy,
                    "machines lost": seen.failures,
                    "tasks done again": seen.lost,
                    "GiB a machine": cores * cost.memory / 2**30,
                    "GiB moved": tasks * (cost.sent + cost.received) / 2**30,
                }
            )
    says = (
        "A plan on paper, simulated event by event from the costs measured above: processors like these, "
        f"machines each of which fails once in {HOURS_BETWEEN_FAILURES:g} hours, one scheduler, and tasks so "
        "large that it keeps up."
    )
    return (Table(says, tuple(rows)),)
