"""Throughput of estimators against the random numbers alone, hand-vectorised Torch, and other libraries.

All run in calls of 2**16 samples: beyond that a vectorised call is memory traffic, for everybody.
"""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from checks.estimators import ESTIMATORS
from checks.evidence.sampling import draw
from checks.problem import Problem
from checks.prove import Request, prove
from checks.vectorised.batches import Batches, batches_of
from checks.vectorised.rows import Rows, rows_of
from tests.benchmarks._libraries import COSTS, LOGITS, MU, SIGMA, Averaged, Peer, peers, wanted
from tests.benchmarks.part import Goal, Part, Table, interleaved, median, progress, ratios, spread

SIZES = {True: (1_000, 100_000), False: (1_000, 10_000, 100_000, 1_000_000, 10_000_000)}
ROUNDS = {1_000: 21, 10_000: 21, 100_000: 15, 1_000_000: 9, 10_000_000: 3}
QUICK_ROUNDS = 5
CHUNK = 1 << 16
# The estimator, its family and its integrand, by what it is called in the table.
CASES = {
    "normal, pathwise": ("pathwise", "normal", "a**2"),
    "normal, score function": ("score_function", "normal", "a**2"),
    "categorical, score function": ("score_function", "categorical_logits", "table(1, 2, 5)"),
}
# Who in the table; "counts" serve finite laws only.
OURS, SAME, CODE, COUNTS = "ours", "ours, Torch's numbers", "ours, by autograd", "ours, counts"
HAND, ALONE = "by hand", "random numbers alone"

BATCH = "One batch of sampling evidence: held against the code in a sixteenth, with mean and variance."
PEAK = "Peak memory of one batch, beyond what the process had before."

Run = Callable[[int, torch.Generator], torch.Tensor]


def by_hand(what: str) -> Run:
    """Written out with its derivative by somebody who knows it, ``[n, p]``."""
    phi, costs = (torch.tensor(v, dtype=torch.float64) for v in (LOGITS, COSTS))
    masses = torch.softmax(phi, 0)

    def pathwise(n: int, generator: torch.Generator) -> torch.Tensor:
        b = torch.randn(n, generator=generator, dtype=torch.float64)
        slope = 2.0 * (MU + SIGMA * b)
        return torch.stack([slope, slope * b], dim=-1)

    def score_function(n: int, generator: torch.Generator) -> torch.Tensor:
        b = torch.randn(n, generator=generator, dtype=torch.float64)
        cost = (MU + SIGMA * b) ** 2 / SIGMA
        return torch.stack([cost * b, cost * (b * b - 1.0)], dim=-1)

    def categorical(n: int, generator: torch.Generator) -> torch.Tensor:
        a = torch.multinomial(masses, n, replacement=True, generator=generator)
        cost = costs[a]
        rows = -cost[:, None] * masses
        return rows.scatter_add_(1, a[:, None], cost[:, None])

    return dict(zip(CASES, (pathwise, score_function, categorical), strict=True))[what]


def numbers_alone(what: str) -> Run:
    masses = torch.softmax(torch.tensor(LOGITS, dtype=torch.float64), 0)
    if what.startswith("categorical"):
        return lambda n, g: torch.multinomial(masses, n, replacement=True, generator=g)[:, None]
    return lambda n, g: torch.randn(n, generator=g, dtype=torch.float64)[:, None]


def problem_of(what: str) -> tuple[Problem, Run, Rows, Batches]:
    """The problem, the estimator's code, its rows written out, and its batches."""
    name, family, integrand = CASES[what]
    problem = Problem(prove(Request(family, integrand, estimators=(name,))))
    code = partial(ESTIMATORS[name].estimate, problem)
    rows, batches = rows_of(ESTIMATORS[name], problem), batches_of(ESTIMATORS[name], problem, code)
    assert rows is not None
    assert batches is not None
    return problem, code, rows, batches


def in_chunks(rows: Callable[[int], torch.Tensor], n: int) -> torch.Tensor:
    """The mean over ``n`` samples, in pieces: constant memory."""
    total, left = torch.zeros(()), n
    while left > 0:
        total = total + rows(min(left, CHUNK)).sum(0)
        left -= CHUNK
    return total / n


def seeded(run: Run, n: int) -> torch.Tensor:
    """The same of code that is given a generator."""
    generator = torch.Generator().manual_seed(1)
    return in_chunks(lambda k: run(k, generator), n)


def streamed(rows: Rows, n: int) -> torch.Tensor:
    """The same with the faster numbers, where they are worth their seeding."""
    return in_chunks(rows.stream(n, 1), n)


def averaged_in_chunks(run: Averaged, n: int) -> torch.Tensor:
    """The same of a library that averages by itself."""
    total, left = torch.zeros(()), n
    while left > 0:
        k = min(left, CHUNK)
        total = total + k * run(k)
        left -= k
    return total / n


def contestants(what: str, others: tuple[Peer, ...]) -> dict[str, Callable[[int], object]]:
    """Everybody who estimates it, each as a function of the number of samples."""
    _, code, rows, batches = problem_of(what)
    runs: dict[str, Run] = {SAME: rows, CODE: code, HAND: by_hand(what), ALONE: numbers_alone(what)}
    if rows.numbers is None:  # of a choice: there are no faster numbers, and these are ours
        runs = {OURS: runs.pop(SAME), **runs}
    made: dict[str, Callable[[int], object]] = {who: partial(seeded, run) for who, run in runs.items()}
    if rows.numbers is not None:
        made = {OURS: partial(streamed, rows), **made}
    if batches.masses is not None:
        made[COUNTS] = lambda n: batches.counted(n, 1)
    for peer in others:
        if not peer.absent:
            made[peer.name] = partial(averaged_in_chunks, dict(peer.runs)[what])
    return made


def repeats(n: int) -> int:
    return max(1, 100_000 // n)


def repeated(run: Callable[[int], object], n: int) -> None:
    for _ in range(repeats(n)):
        run(n)


def timed(what: str, quick: bool, others: tuple[Peer, ...]) -> list[dict[str, Any]]:
    rows = []
    runs = contestants(what, others)
    for n in SIZES[quick]:
        rounds = QUICK_ROUNDS if quick else ROUNDS[n]
        progress(f"{what}, {n:.0e} samples")
        # Few samples are asked for again and again: what is measured is not the first call after others.
        times = interleaved({who: partial(repeated, run, n) for who, run in runs.items()}, rounds)
        for who, found in times.items():
            rows.append({
                "what": what,
                "by": who,
                "samples": n,
                "ns a sample": 1e9 * median(found) / (n * repeats(n)),
                "x numbers alone": median(ratios(found, times[ALONE])),
                "x ours": median(ratios(found, times[OURS])),
                "spread": spread(found),
            })  # fmt: skip
    return rows


def measure(quick: bool) -> Part:
    """All of it, with the peak of the memory."""
    torch.set_num_threads(1)
    others = peers()
    rows = [row for what in CASES for row in timed(what, quick, others)]
    tables = [Table(BATCH, batches_timed(quick)), Table(PEAK, memory(quick))]
    if any(not peer.absent for peer in others):
        n = 10_000 if quick else 1_000_000
        says = f"What each peer's gradient is at {n:.0e} samples, beside the exact one: it is the same work."
        tables.append(Table(says, agreement(others, n)))
    return part_of(rows, others, tables)


def part_of(rows: list[dict[str, Any]], others: tuple[Peer, ...], tables: list[Table]) -> Part:
    """Nanoseconds first, then ratios and spreads, each with a column for everybody."""
    notes = _notes(rows, others)
    says = (
        "Gradients of E[a**2], normal, and of a table of three, categorical by logits, by all parameters: "
        "nanoseconds a sample."
    )
    ratio = Table("The same as multiples of ours, medians of the ratios of each round.", wide(rows, "x ours"))
    spreads = Table("Least and greatest time, relative to the median.", wide(rows, "spread"))
    more = (ratio, spreads, *tables)
    return Part("Sampling", says, wide(rows, "ns a sample"), _goals(rows, others), tuple(notes), more)


def wide(rows: list[dict[str, Any]], key: str) -> tuple[dict[str, Any], ...]:
    """One row for each case and size, and a column for everybody."""
    columns = dict.fromkeys(r["by"] for r in rows)
    made: dict[tuple[str, int], dict[str, Any]] = {}
    for r in rows:
        head = {"what": r["what"], "samples": r["samples"], **dict.fromkeys(columns)}
        made.setdefault((r["what"], r["samples"]), head)[r["by"]] = r[key]
    return tuple(made.values())


def batches_timed(quick: bool) -> tuple[dict[str, Any], ...]:
    """One batch of sampling evidence with all that belongs to it, beside the same by the code alone."""
    n, rows = 1 << 16 if quick else 1 << 18, []
    for what in CASES:
        _, code, _, batches = problem_of(what)
        runs = {CODE: partial(draw, code, n, 1), OURS: partial(batches, n, 1)}
        times = interleaved(runs, QUICK_ROUNDS)
        found = ratios(times[CODE], times[OURS])
        ns = {f"ns, {who}": 1e9 * median(t) / n for who, t in times.items()}
        rows.append({"what": what, "samples": n, **ns, "faster by": median(found), "spread": spread(found)})
    return tuple(rows)


def _by_torchs_numbers(rows: list[dict[str, Any]], others: tuple[Peer, ...]) -> list[str]:
    """What is left of the goals without the faster numbers, which are a part of what is claimed."""
    ns = {(r["what"], r["samples"], r["by"]): r["ns a sample"] for r in rows}
    said = []
    for peer in others:
        found = [
            (ns[what, n, peer.name] / own, f"{what}, {n:.0e} samples")
            for (what, n, who), own in ns.items()
            if who == SAME and (what, n, peer.name) in ns
        ]
        if found:
            least, where = min(found)
            said.append(f"With Torch's numbers ours is {least:.2f}x {peer.name} at the worst ({where}).")
    return said


def _notes(rows: list[dict[str, Any]], others: tuple[Peer, ...]) -> list[str]:
    return [
        *_by_torchs_numbers(rows, others),
        "`ours` are rows written out (`checks.vectorised`), which sampling evidence takes after holding a "
        "sixteenth of every batch against the estimator's own code, `ours, by autograd`; both give each "
        "sample's gradient, and so does `by hand`. Their normal numbers are NumPy's (SFC64, ziggurat).",
        "`ours, counts` draws how often each outcome comes, a multinomial variable: of rows that are "
        "functions of one draw from a finite law, mean and variance then have exactly their distribution.",
        "Everything is float64, of which Torch draws a normal number in 20 ns and a float32 one in 5.",
        *(f"{peer.name} {peer.says}." for peer in others if not peer.absent),
        *(peer.absent for peer in others if peer.absent),
    ]


def _goals(rows: list[dict[str, Any]], others: tuple[Peer, ...]) -> tuple[Goal, ...]:
    def least(who: str) -> tuple[float, str]:
        found = [(r["x ours"], f"{r['what']}, {r['samples']:.0e} samples") for r in rows if r["by"] == who]
        return min(found)

    goals = []
    for who, at_least in ((HAND, 0.9), *((p.name, 3.0) for p in others)):
        says = f"at least {at_least}x {who}, everywhere"
        if not any(r["by"] == who for r in rows):
            goals.append(Goal(says, "", None))
            continue
        worst, where = least(who)
        goals.append(Goal(says, f"{worst:.2f}x at the worst ({where})", worst >= at_least))
    return tuple(goals)


def agreement(others: tuple[Peer, ...], n: int) -> tuple[dict[str, Any], ...]:
    """Each peer's averaged gradient beside the exact one."""
    rows = []
    for peer in others:
        for what, run in peer.runs:
            found = averaged_in_chunks(run, n).tolist()
            exact = wanted(what, peer.entropy)
            listed = (", ".join(f"{v:.3f}" for v in values) for values in (found, exact))
            rows.append({"by": peer.name, "what": what, **dict(zip(("estimated", "exact"), listed))})
    return tuple(rows)


def memory(quick: bool) -> tuple[dict[str, Any], ...]:
    """How much more the process held, at its peak, for one batch of so many samples."""
    _, code, rows, _ = problem_of("normal, score function")
    sizes = (100_000, 1_000_000) if quick else (100_000, 1_000_000, 10_000_000)
    found = []
    for n in sizes:
        row: dict[str, Any] = {"samples": n}
        for who, run in ((OURS, rows), (CODE, code)):
            row[f"MiB, {who}"] = round(_peak(partial(draw, run, n, 0)), 1)
        found.append(row)
    return tuple(found)


def _peak(run: Callable[[], object]) -> float:
    """The growth of the largest resident set, in a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, its = context.Pipe()
    process = context.Process(target=_measured, args=(its, run))
    process.start()
    found = float(ours.recv())
    process.join()
    return found


def _measured(end: Any, run: Callable[[], object]) -> None:
    torch.set_num_threads(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run()
    end.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024.0)
