"""How often the sequential test errs: ``python -m tests.studies.calibration [--runs 20000] [--json FILE]``.

A whole study takes a quarter of an hour on one core. ``--keep FILE`` writes every finished block of runs to
a file, and goes on after them when started again; ``--workers`` counts the processes, ``--scheduler`` names a
Dask cluster. Each block has a seed of its own: the counts do not depend on any of them.

Measured with 20,000 runs of each of the seven, right and off by the resolution, at 1e-3: 0 to 4 false fails
and 0 or 1 misses, none undecided; the largest upper limits, with 99 % confidence, are 6.3e-4 and 3.7e-4.

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
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from scipy.stats import beta

from checks.engines import Unavailable, engine, finished
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
# Blocks kept by another version of the study or of the test are not counted.
VERSION = 1


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


@dataclass(frozen=True, slots=True)
class Block:
    """Runs of one case side by side: number ``index``, whose first coordinate is off by ``bias`` deltas."""

    case: int
    bias: float
    index: int
    runs: int
    understated: float = 1.0


Ends = dict[str, int]


def judged(block: Block) -> Ends:
    """Count the ends of the runs of one block, on one thread: blocks are what the study scales by."""
    torch.set_num_threads(1)
    case = CASES[block.case]
    subject = prepared(case)
    delta = resolution(subject.gradient, subject.variance, RELATIVE)
    shift = torch.from_numpy(np.where(np.arange(len(delta)) == 0, block.bias * delta, 0.0))
    seed = seed_of(0, f"calibration/{case.name}/{block.bias}", block.index)
    generator = torch.Generator().manual_seed(seed)

    def draws(count: int, batch: int) -> torch.Tensor:
        rows = subject.run(count * batch, generator) + shift
        return rows.reshape(count, batch, -1)

    return dict(Counter(endings(draws, subject, block.runs, block.understated)))


def blocks(runs: int, cases: Sequence[int], understated: float = 1.0) -> list[Block]:
    """``runs`` runs of each case, right and off by delta."""
    sizes = [min(TOGETHER, runs - start) for start in range(0, runs, TOGETHER)]
    return [
        Block(case, bias, i, size, understated)
        for i, size in enumerate(sizes)
        for case in cases
        for bias in (0.0, 1.0)
    ]


def row(case: int, runs: int, counts: Mapping[Block, Ends], level: float = LEVEL) -> Row:
    """The counts of one case with their limits."""
    right, wrong = Counter[str](), Counter[str]()
    for block, ends in counts.items():
        if block.case == case:
            (wrong if block.bias else right).update(ends)
    return Row(
        name=CASES[case].name,
        runs=runs,
        fails=right["refuted"],
        fail_limits=limits(right["refuted"], runs, level),
        fail_undecided=right["undecided"],
        misses=wrong["agrees"],
        miss_limits=limits(wrong["agrees"], runs, level),
        miss_undecided=wrong["undecided"],
    )


def counted(
    wanted: Sequence[Block], workers: int = 0, keep: Path | None = None, scheduler: str | None = None
) -> dict[Block, Ends]:
    """The ends of all blocks; those that ``keep`` holds are not run again, the others are added to it."""
    found = _kept(keep, frozenset(wanted))
    for block, ends in _run([b for b in wanted if b not in found], workers, scheduler):
        found[block] = ends
        if keep is not None:
            record = json.dumps({"of": _setting(), "block": asdict(block), "ends": ends})
            with keep.open("a", encoding="utf-8") as file:
                file.write("\n" + record)  # first the newline: the last line may have been cut off
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{len(found)} of {len(wanted)} blocks")
    return found


def _setting() -> list[float]:
    """What blocks must share to be counted together."""
    return [VERSION, RELATIVE, ALPHA]


def _kept(keep: Path | None, wanted: frozenset[Block]) -> dict[Block, Ends]:
    """The blocks that a file holds; a last line that was cut off is run again."""
    found = {}
    for line in keep.read_text(encoding="utf-8").splitlines() if keep and keep.exists() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        block = Block(**record["block"])
        if record["of"] == _setting() and block in wanted:
            found[block] = record["ends"]
    return found


def _run(wanted: Sequence[Block], workers: int, scheduler: str | None) -> Iterator[tuple[Block, Ends]]:
    with engine(workers, scheduler) as on:
        for i, ends in finished(on, judged, [(block,) for block in wanted]):
            yield wanted[i], ends


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
    parser.add_argument("--keep", type=Path, help="keep finished blocks in this file, and go on after them")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 runs in this one")
    parser.add_argument("--scheduler", help="the address of a Dask scheduler")
    asked = parser.parse_args(arguments)
    cases = range(len(CASES))
    try:
        counts = counted(blocks(asked.runs, cases), asked.workers, asked.keep, asked.scheduler)
    except Unavailable as error:
        sys.stderr.write(f"error: {error.message}\n  help: {error.help}\n")
        return 2
    rows = [row(case, asked.runs, counts) for case in cases]
    record = {"alpha": ALPHA, "level": LEVEL, "relative": RELATIVE, "rows": [asdict(r) for r in rows]}
    text = json.dumps(record, indent=2)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(table(rows) + "\n" + ("" if asked.json else text + "\n"))
    return 0 if all(r.calibrated for r in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
