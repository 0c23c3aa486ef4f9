"""How often the sequential test errs: ``python -m tests.studies.calibration [--runs 20000] [--json FILE]``.

Right estimators of seven kinds of output (smooth, skewed, discrete, rare, heavy-tailed) are judged by
sampling evidence, again and again on new draws, at a false-fail rate of 1e-3: high enough to be measured. The
same estimators, off by exactly the resolution in one parameter, measure how often a wrong one passes. Limits
are those of Clopper and Pearson, Biometrika 26 (1934), exact for any number of runs.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from scipy.stats import beta

from checks.estimators import ESTIMATORS
from checks.evidence.arrays import Array
from checks.evidence.catoni import Accepter, Refuter
from checks.evidence.plan import Rates, plan, resolution, seed_of
from checks.problem import Problem
from checks.prove import Request, prove

ALPHA = 1e-3
RATES = Rates(false_fail=ALPHA, false_pass=ALPHA)
# A coarse resolution: the smallest batches, where the batch means are farthest from normal.
RELATIVE = 0.2
RUNS = 20_000
LEVEL = 0.99
# Runs side by side; more of them wait longer for the last one.
TOGETHER = 200


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of output: an estimator of a gradient at a point."""

    name: str
    family: str
    integrand: str
    estimator: str
    at: tuple[tuple[str, str], ...] = ()
    wrt: tuple[str, ...] | None = None


CASES = (
    Case("normal, pathwise", "normal", "a**2", "pathwise"),
    Case("normal, score, a**2", "normal", "a**2", "score_function"),
    Case("normal, score, exp(a)", "normal", "exp(a)", "score_function", (("sigma", "1/2"),)),
    Case("bernoulli, p = 1/100", "bernoulli", "2 + a", "score_function", (("p", "1/100"),)),
    Case("poisson, score", "poisson", "a**2", "score_function"),
    Case("laplace, pathwise", "laplace", "a**2", "pathwise"),
    # The output is 2 a b with 9/2 degrees of freedom: a variance, but no fourth moment, and no third.
    Case("student t, no third moment", "student_t", "a**2", "pathwise", (("nu", "9/2"),), ("sigma",)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Counts of one case with their limits: ``fails`` of the right one, ``misses`` of the biased one."""

    name: str
    runs: int
    fails: int
    fail_limits: tuple[float, float]
    fail_undecided: int
    misses: int
    miss_limits: tuple[float, float]
    miss_undecided: int
    seconds: float

    @property
    def calibrated(self) -> bool:
        """Whether neither rate is above its bound for certain."""
        return max(self.fail_limits[0], self.miss_limits[0]) <= ALPHA


@dataclass(frozen=True, slots=True)
class Subject:
    """An estimator with its exact gradient and variance ``[p]``."""

    run: Callable[[int, torch.Generator], torch.Tensor]
    gradient: Array
    variance: Array


@cache
def prepared(case: Case) -> Subject:
    """Derive the case; the Torch code is the package's own."""
    proof = prove(Request(case.family, case.integrand, case.at, case.wrt, (case.estimator,)))
    problem, estimate = Problem(proof), ESTIMATORS[case.estimator].estimate
    known = proof.statistics[case.estimator].variance
    variance = [known[name] for name in proof.wrt]
    assert all(v is not None for v in variance)
    return Subject(
        run=lambda n, generator: estimate(problem, n, generator),
        gradient=np.array([proof.exact[name] for name in proof.wrt]),
        variance=np.array(variance, dtype=float),
    )


def limits(count: int, runs: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact two-sided limits of a probability from ``count`` of ``runs``."""
    tail = (1.0 - level) / 2.0
    low = float(beta.ppf(tail, count, runs - count + 1)) if count else 0.0
    high = float(beta.ppf(1.0 - tail, count + 1, runs - count)) if count < runs else 1.0
    return low, high


Draws = Callable[[int, int], torch.Tensor]


def endings(draws: Draws, subject: Subject, runs: int, understated: float = 1.0) -> list[str]:
    """How ``runs`` runs of ``checks.evidence.sampling.judge`` against the gradient end, side by side.

    ``draws(runs, batch)`` is the next batch of every run, ``[runs, batch, p]``. The same processes and the
    same rules for the end as in ``judge``, in one array: a test holds the two against each other.
    ``understated`` divides the variance that the test is told: 1 is the truth.
    """
    p, variance = len(subject.gradient), subject.variance / understated
    planned = plan(variance, resolution(subject.gradient, variance, RELATIVE), RATES)
    scale, slack = np.sqrt(variance / planned.batch), 1.0 + RELATIVE
    refuter = Refuter(runs * p, planned.bets)
    accepter = Accepter(np.tile(planned.delta / (scale * slack), runs))
    ended = np.full(runs, "undecided", dtype="<U9")
    for _ in range(planned.batches):
        off = draws(runs, planned.batch).mean(1).numpy() - subject.gradient
        u = (off / scale).ravel()
        against = refuter.add(u).reshape(runs, p)
        for_it = accepter.add(u / slack).reshape(runs, p)
        refuted = (against >= math.log(p / RATES.false_fail)).any(1)
        agrees = (for_it >= math.log(1.0 / RATES.false_pass)).all(1) & ~refuted
        still = ended == "undecided"
        ended[still & refuted], ended[still & agrees] = "refuted", "agrees"
        if (ended != "undecided").all():
            break
    return ended.tolist()


def judgements(subject: Subject, name: str, runs: int, bias: float, understated: float = 1.0) -> Counter[str]:
    """Count the ends of ``runs`` runs whose first coordinate is off by ``bias`` times the resolution."""
    delta = resolution(subject.gradient, subject.variance, RELATIVE)
    shift = torch.from_numpy(np.where(np.arange(len(delta)) == 0, bias * delta, 0.0))
    generator = torch.Generator().manual_seed(seed_of(0, f"calibration/{name}/{bias}", 0))

    def draws(count: int, batch: int) -> torch.Tensor:
        rows = subject.run(count * batch, generator) + shift
        return rows.reshape(count, batch, -1)

    sizes = [min(TOGETHER, runs - start) for start in range(0, runs, TOGETHER)]
    return Counter(end for size in sizes for end in endings(draws, subject, size, understated))


def row(case: Case, runs: int, understated: float = 1.0, level: float = LEVEL) -> Row:
    """Measure one case."""
    start = time.perf_counter()
    subject = prepared(case)
    right = judgements(subject, case.name, runs, 0.0, understated)
    wrong = judgements(subject, case.name, runs, 1.0, understated)
    return Row(
        name=case.name,
        runs=runs,
        fails=right["refuted"],
        fail_limits=limits(right["refuted"], runs, level),
        fail_undecided=right["undecided"],
        misses=wrong["agrees"],
        miss_limits=limits(wrong["agrees"], runs, level),
        miss_undecided=wrong["undecided"],
        seconds=time.perf_counter() - start,
    )


def table(rows: Sequence[Row]) -> str:
    """The counts as text, rates with their limits."""
    titles = ("false fails", "misses at delta")
    head = f"{'output':28}{'runs':>7}" + "".join(f"{title:>30}{'undecided':>10}" for title in titles)
    lines = [
        f"{r.name:28}{r.runs:7}{_rate(r.fails, r.fail_limits):>30}{r.fail_undecided:10}"
        f"{_rate(r.misses, r.miss_limits):>30}{r.miss_undecided:10}"
        for r in rows
    ]
    return "\n".join([head, *lines])


def _rate(count: int, bounds: tuple[float, float]) -> str:
    return f"{count} ({bounds[0]:.1e} to {bounds[1]:.1e})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study, print the table, and write the counts as JSON; 1 if a rate is above its bound."""
    parser = argparse.ArgumentParser(prog="python -m tests.studies.calibration")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each kind, right and wrong")
    parser.add_argument("--json", type=Path, help="write the counts to this file, not to stdout")
    asked = parser.parse_args(arguments)
    rows = [row(case, asked.runs) for case in CASES]
    record = {"alpha": ALPHA, "level": LEVEL, "relative": RELATIVE, "rows": [asdict(r) for r in rows]}
    text = json.dumps(record, indent=2)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(table(rows) + "\n" + ("" if asked.json else text + "\n"))
    return 0 if all(r.calibrated for r in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
