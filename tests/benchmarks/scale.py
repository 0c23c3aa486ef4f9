"""What it costs to hand tasks out, how large they must be, and a plan for runs that no one machine does.

Overheads are those of tasks that do nothing; what a task must take for them to be one percent of it follows.
Efficiency is measured where processors are free; results are compared to the last bit on every engine.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from checks.engines import Cluster, Here, Processes, finished
from tests.benchmarks._plan import HOURS_BETWEEN_FAILURES, Costs, simulate
from tests.benchmarks.part import Goal, Part, Table

CHUNK = 1 << 15
# What overhead may be of a task.
SHARE = 0.01
SAMPLES, SUBMISSIONS = 10**12, 10**6
CORES = 32
MACHINES = (1, 4, 16, 64)
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


@contextmanager
def engines() -> Iterator[dict[str, Engine]]:
    """Every engine that there is here, with one worker and with two."""
    with Processes(1) as one, Processes(2) as two:
        found: dict[str, Engine] = {"this process": Here(), "1 process": one, "2 processes": two}
        if importlib.util.find_spec("distributed") is None:
            yield found
            return
        with _dask(1) as lone, _dask(2) as pair:
            yield {**found, "Dask, 1 worker": lone, "Dask, 2 workers": pair}


@contextmanager
def _dask(workers: int) -> Iterator[Cluster]:
    distributed: Any = importlib.import_module("distributed")
    made = distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
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


def _wall(run: Callable[[], object], rounds: int) -> float:
    run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)  # other programs only ever add to it


def part(quick: bool) -> Part:
    """Overheads, sizes, efficiencies, and the plans that follow from them."""
    count, rounds, chunks = (64, 2, 8) if quick else (500, 5, 64)
    with engines() as every:
        digests = {name: _digest(_all(e, sampled, [(i, 4) for i in range(6)])) for name, e in every.items()}
        idle = {
            name: _wall(lambda e=e: _all(e, nothing, [(i,) for i in range(count)]), rounds) / count
            for name, e in every.items()
        }
        work = {
            name: _wall(lambda e=e: _all(e, sampled, [(i, chunks) for i in range(8)]), rounds)
            for name, e in every.items()
        }
        seconds = [s for _, s in _all(every["this process"], timed, [(i, chunks) for i in range(8)])]
    ns = 1e9 * statistics.median(seconds) / (chunks * CHUNK)
    rows = tuple(
        {
            "engine": name,
            "ms per task that does nothing": 1e3 * idle[name],
            "samples per task for 1 % overhead": _power(idle[name] / SHARE / (ns * 1e-9)),
            "wall s of the sampling": work[name],
            "times one worker": _gain(name, work),
            "same bits": digests[name] == digests["this process"],
        }
        for name in every
    )
    dask = idle.get("Dask, 1 worker")
    costs = _costs(quick, dask or idle["1 process"], ns, seconds)
    chunk = f"{_says(dask)} a task; chunk {costs['samples'][1]:,} samples" if dask else ""
    goals = (
        Goal("results the same to the last bit on every engine", f"{len(set(digests.values()))} different",
             len(set(digests.values())) == 1),
        Goal("Dask's overhead below 1 % at the chunk chosen", chunk, bool(dask) or None),
    )  # fmt: skip
    notes = (
        f"{ns:.1f} ns of CPU a sample, by the score function with mean and covariance; this process and its "
        f"workers share {os.cpu_count()} processors",
        "an efficiency below 1 is that of a machine with other programs on it: see its load",
    )
    return Part("Scale", "Tasks on every engine.", rows, goals, notes, _plans(costs))


def _power(samples: float) -> int:
    """The least power of two that is as large."""
    return 1 << max(int(samples - 1).bit_length(), 15)


def _gain(name: str, work: dict[str, float]) -> float:
    one = {"2 processes": "1 process", "Dask, 2 workers": "Dask, 1 worker"}.get(name, name)
    return work[one] / work[name]


def _says(seconds: float) -> str:
    return f"{1e3 * seconds:.2f} ms"


def _digest(found: list[Any]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()[:12]


def _costs(quick: bool, overhead: float, ns: float, seconds: Sequence[float]) -> dict[str, tuple[Costs, int]]:
    """By workload: what a task costs, and how much of the work it is."""
    spread = statistics.pstdev([s / statistics.fmean(seconds) for s in seconds])
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
        statistics.pstdev(each) / statistics.fmean(each) / batch**0.5,
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


def _plans(costs: dict[str, tuple[Costs, int]]) -> tuple[Table, ...]:
    """Simulated: nobody has run these."""
    wanted = {"samples": SAMPLES, "submissions": SUBMISSIONS}
    rows = []
    for name, (cost, size) in costs.items():
        tasks = -(-wanted[name] // size)
        for machines in MACHINES:
            seen = simulate(cost, tasks, machines, CORES)
            rows.append(
                {
                    "work": f"{wanted[name]:.0e} {name}",
                    "machines": machines,
                    "tasks": f"{tasks:,} of {size:,}",
                    "hours": seen.wall / 3600.0,
                    "processors busy": seen.busy,
                    "machines lost": seen.failures,
                    "tasks done again": seen.lost,
                    "GiB a machine": CORES * cost.memory / 2**30,
                    "GiB moved": tasks * (cost.sent + cost.received) / 2**30,
                }
            )
    says = (
        f"A plan on paper, simulated event by event from the costs measured above: machines of {CORES} "
        f"processors like this one, each of which fails once in {HOURS_BETWEEN_FAILURES:g} hours, and one "
        "scheduler."
    )
    return (Table(says, tuple(rows)),)
