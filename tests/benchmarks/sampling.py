"""Throughput of estimators against the random numbers alone and against hand-vectorised Torch."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import torch

from checks.estimators import ESTIMATORS
from checks.problem import Problem
from checks.prove import Request, prove
from tests.benchmarks.part import Goal, Part, interleaved, median, spread

SIZES = {True: (1_000, 100_000), False: (1_000, 10_000, 100_000, 1_000_000)}
# A vectorised call of more is memory traffic: estimators are called in pieces of this size.
CHUNK = 1 << 16
PEERS = ("storch", "pyro")

Run = Callable[[int, torch.Generator], torch.Tensor]


def by_hand(estimator: str) -> Run:
    """E[a**2] under normal(0.7, 1.3), written out with its derivative by somebody who knows it."""
    mu, sigma = 0.7, 1.3

    def pathwise(n: int, generator: torch.Generator) -> torch.Tensor:
        b = torch.randn(n, generator=generator, dtype=torch.float64)
        slope = 2.0 * (mu + sigma * b)
        return torch.stack([slope, slope * b], dim=-1)

    def score_function(n: int, generator: torch.Generator) -> torch.Tensor:
        b = torch.randn(n, generator=generator, dtype=torch.float64)
        cost = (mu + sigma * b) ** 2 / sigma
        return torch.stack([cost * b, cost * (b * b - 1.0)], dim=-1)

    return {"pathwise": pathwise, "score_function": score_function}[estimator]


def numbers_alone(n: int, generator: torch.Generator) -> torch.Tensor:
    return torch.randn(n, generator=generator, dtype=torch.float64)


def in_chunks(run: Run, n: int, generator: torch.Generator) -> torch.Tensor:
    """The mean over ``n`` samples, in pieces: constant memory."""
    total, left = torch.zeros(()), n
    while left > 0:
        total = total + run(min(left, CHUNK), generator).sum(0)
        left -= CHUNK
    return total / n


def measure(quick: bool) -> Part:
    torch.set_num_threads(1)
    problem = Problem(prove(Request("normal", "a**2", estimators=("pathwise", "score_function"))))
    rows = []
    ratios: dict[str, float] = {}
    for n in SIZES[quick]:
        runs: dict[str, Callable[[], object]] = {}
        for name in ("pathwise", "score_function"):
            estimate = ESTIMATORS[name].estimate
            ours: Run = lambda k, g, e=estimate: e(problem, k, g)  # type: ignore[misc] # noqa: E731
            for who, run in (("ours", ours), ("by hand", by_hand(name))):
                runs[f"{name}, {who}"] = _bound(run, n)
        runs["random numbers alone"] = _bound(numbers_alone, n)
        times = interleaved(runs, 3 if quick else 7)
        alone = median(times["random numbers alone"])
        for name, found in times.items():
            rows.append({"what": name, "samples": n, "ns a sample": 1e9 * median(found) / n,
                         "x numbers alone": median(found) / alone, "spread": spread(found)})  # fmt: skip
        for name in ("pathwise", "score_function"):
            ratios[name] = median(times[f"{name}, by hand"]) / median(times[f"{name}, ours"])
    absent = [name for name in PEERS if importlib.util.find_spec(name) is None]
    worst = min(ratios.values())
    goal = Goal("at least 0.9x hand-vectorised Torch at the largest size", f"{worst:.2f}x", worst >= 0.9)
    notes = tuple(f"{name} is not installed: skipped" for name in absent)
    says = "Per-sample gradients of E[a**2], normal, by both parameters."
    return Part("Sampling", says, tuple(rows), (goal,), notes)


def _bound(run: Run, n: int) -> Callable[[], object]:
    return lambda: in_chunks(run, n, torch.Generator().manual_seed(1))
