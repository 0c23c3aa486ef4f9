"""Time to a verdict by relative bias, beside the fixed-size tests that libraries ship.

The one estimator that all of them judge is the score function's, of d/dsigma E[a**2] under the normal law;
the wrong ones are the same, too large by a factor. What a fixed-size test does with them follows from its
size and tolerance in the normal limit, which is itself held against repeated runs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from checks.estimators import ESTIMATORS
from checks.evidence.exact import examine
from checks.evidence.plan import Rates
from checks.evidence.sampling import Sampling, judge
from checks.judge import Stated, claim, exact_verdict
from checks.problem import Problem
from checks.prove import Request, prove
from checks.verdict import Verdict
from derive.proof import Proof, StatisticProof
from tests.benchmarks._fixed_size import SHIPPED, FixedSize
from tests.benchmarks.part import Goal, Part, Table, median

BIASES = (0.1, 0.01, 0.001, 1e-6)
# How often each sampled verdict is repeated, right and wrong; 0.1 % takes 5*10**8 samples a run.
REPEATS = {0.1: 100, 0.01: 10, 0.001: 1}
_CHUNK = 1 << 15
_ROUNDS = 5
# Samples of a test at 1e-6: nobody draws them, so only the plan is computed.
_PLANNED = 1e-6


@dataclass(frozen=True, slots=True)
class Subject:
    """The estimator under test, with what is known of it."""

    proof: Proof
    problem: Problem

    @property
    def exact(self) -> float:
        return self.proof.exact["sigma"]

    @property
    def deviation(self) -> float:
        variance = self.proof.statistics["score_function"].variance["sigma"]
        assert variance is not None
        return math.sqrt(variance)

    def samples(self, n: int, generator: Generator, bias: float = 0.0) -> Tensor:
        return (1.0 + bias) * ESTIMATORS["score_function"].estimate(self.problem, n, generator)

    def mean(self, n: int, seed: int) -> float:
        """The mean of n samples, drawn in pieces that stay in the processor's cache."""
        generator = torch.Generator().manual_seed(seed)
        sizes = (min(_CHUNK, n - start) for start in range(0, n, _CHUNK))
        return sum(float(self.samples(k, generator).sum()) for k in sizes) / n


def measure(quick: bool) -> Part:
    torch.set_num_threads(1)
    proof = prove(Request("normal", "a**2", wrt=("sigma",), estimators=("score_function",), fourth=True))
    subject = Subject(proof, Problem(proof))
    exact = [_exact(subject, bias) for bias in BIASES]
    sampled = [_sampled(subject, b, 3 if quick else r) for b, r in REPEATS.items() if not quick or b > 0.001]
    shipped = tuple(_shipped(test, subject) for test in SHIPPED)
    held = tuple(_held(test, subject, 40 if quick else 400) for test in SHIPPED if test.n <= 50_000)
    return Part(
        "Evidence",
        "The score-function estimator of d/dsigma E[a**2] under the normal law, and the same too large by a "
        f"factor: sd/|mean| of one sample is {subject.deviation / abs(subject.exact):.1f}. CPU seconds to a "
        "verdict, on the right one and on the wrong one, medians where repeated.",
        (*exact, *sampled, _plan(subject, sampled)),
        tuple(_goals(exact, sampled)),
        (
            "Exact evidence replays the estimator's own noise on quadrature nodes and has no sampling error; "
            "sampling stops as soon as something is shown, at the two error rates that every verdict states.",
        ),
        (
            Table(
                "Tests of fixed size, judging the same estimator: probabilities in the normal limit.", shipped
            ),
            Table("The normal limit against repeated runs on the right estimator.", held),
        ),
    )


def _exact(subject: Subject, bias: float) -> dict[str, Any]:
    # As somebody's own estimator: its code is held against the gradient, not against what we say of ours.
    stated = Stated(subject.proof, StatisticProof("score_function"), True)
    known = np.array([False])

    def judged(wrong: float) -> tuple[str, float]:
        start = time.process_time()
        found = examine(lambda n, generator: subject.samples(n, generator, wrong), 1, finite=known, seed=0)
        verdict = exact_verdict(found, stated, bias, Rates())
        return verdict.outcome if isinstance(verdict, Verdict) else "undecided", time.process_time() - start

    right, wrong = ([judged(b) for _ in range(_ROUNDS)] for b in (0.0, bias))
    fails = sum(outcome == "refuted" for outcome, _ in right)
    misses = sum(outcome != "refuted" for outcome, _ in wrong)
    slow, slower = (median([seconds for _, seconds in runs]) for runs in (right, wrong))
    return _row("exact", bias, 0, slow, slower, f"{fails} of {_ROUNDS}", f"{misses} of {_ROUNDS}")


def _row(
    evidence: str, bias: float, samples: float, right: float, wrong: float, fails: str, misses: str
) -> dict[str, Any]:
    return {"evidence": evidence, "bias": f"{bias:g}", "samples (right)": samples, "s (right)": right,
            "s (wrong)": wrong, "right ones failed": fails, "wrong ones missed": misses}  # fmt: skip


def _judged(subject: Subject, resolution: float, bias: float, seed: int) -> tuple[Sampling, float]:
    stated = Stated(subject.proof, subject.proof.statistics["score_function"], True)

    def run(n: int, generator: Generator) -> Tensor:
        return subject.samples(n, generator, bias)

    start = time.process_time()
    test = partial(judge, run, stated.gradient, claim(stated), "benchmark")
    seen = test(relative=resolution, seed=seed, seconds=3600.0)
    return seen, time.process_time() - start


def _sampled(subject: Subject, bias: float, repeats: int) -> dict[str, Any]:
    right = [_judged(subject, bias, 0.0, seed) for seed in range(repeats)]
    wrong = [_judged(subject, bias, bias, seed) for seed in range(repeats)]
    fails = sum(seen.judgement == "refuted" for seen, _ in right)
    misses = sum(seen.judgement != "refuted" for seen, _ in wrong)
    return _row(
        "sampling",
        bias,
        median([float(seen.samples) for seen, _ in right]),
        median([seconds for _, seconds in right]),
        median([seconds for _, seconds in wrong]),
        f"{fails} of {repeats}",
        f"{misses} of {repeats}",
    )


def _plan(subject: Subject, sampled: list[dict[str, Any]]) -> dict[str, Any]:
    """Sampling to 1e-6 by the square law from the finest that was run: nobody would wait for it."""
    finest = sampled[-1]
    times = (float(finest["bias"]) / _PLANNED) ** 2
    samples, right, wrong = (finest[key] * times for key in ("samples (right)", "s (right)", "s (wrong)"))
    return _row("sampling (extrapolated)", _PLANNED, samples, right, wrong, "", "")


def _shipped(test: FixedSize, subject: Subject) -> dict[str, Any]:
    start = time.process_time()
    subject.mean(test.n, seed=0)
    seconds = time.process_time() - start
    chances = {f"misses {bias:g}": test.chance(subject.exact, subject.deviation, bias) for bias in BIASES}
    fails = 1.0 - test.chance(subject.exact, subject.deviation)
    relative = test.tolerance(subject.exact) / abs(subject.exact)
    return {"test": test.name, "samples": test.n, "tolerance": relative, "s": seconds,
            "fails a right one": fails, **chances}  # fmt: skip


def _held(test: FixedSize, subject: Subject, runs: int) -> dict[str, Any]:
    """Failures on the right estimator: counted, foretold, and the distance in standard errors."""
    chance = 1.0 - test.chance(subject.exact, subject.deviation)
    failed = sum(not test.passes(subject.mean(test.n, seed), subject.exact) for seed in range(1, runs + 1))
    error = math.sqrt(max(runs * chance * (1.0 - chance), 1e-12))
    return {"test": test.name, "runs": runs, "failed": failed, "foretold": runs * chance,
            "standard errors apart": (failed - runs * chance) / error}  # fmt: skip


def _goals(exact: list[dict[str, Any]], sampled: list[dict[str, Any]]) -> Iterator[Goal]:
    once = max(row["s (right)"] for row in exact)
    yield Goal("exact evidence under 50 ms, to 1e-6 and below", f"{once:.3f} s", once < 0.05)
    to_one = next(row for row in sampled if row["bias"] == "0.01")
    slowest = max(to_one["s (right)"], to_one["s (wrong)"])
    yield Goal("sampling to 1 % under 2 s", f"{slowest:.2f} s", slowest < 2.0)
    wrong = sum(int(str(row[key]).split()[0]) for row in (*exact, *sampled) for key in row if " ones " in key)
    yield Goal("no verdict wrong in all repetitions", f"{wrong} wrong", wrong == 0)
