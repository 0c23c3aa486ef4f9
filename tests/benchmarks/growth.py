"""How cost grows: each quantity with its fitted law, how sure the fit is, and when a minute is up.

``fixed + c n**k`` is fitted to the times at all sizes: a fixed cost that is left out flattens the law, and
sizes at which it is all that is seen say nothing of it. What the mathematics demands stands beside it: p
derivations of p terms each are p**2 terms of text.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import t as student_t

from tests.benchmarks import _growing as g
from tests.benchmarks._growing import Case
from tests.benchmarks.part import Goal, Part, Rows, progress

# A minute: what a check may take (``checks.run.Options.budget``).
WALL = 60.0
CONFIDENCE = 0.95
ROUNDS = {True: 1, False: 5}
# With fewer sizes there is no telling a fixed cost from the law.
LEAST = 6
# What has taken so long is not run again: what loads a machine for milliseconds does not change it.
ENOUGH = 3.0

SAMPLED = g.Sampled()
DIGITS = "T steps of fractions with up to T digits"
HUNDRED, MANY = (1, 10, 100), (100, 300, 1_000, 3_000, 5_000, 10_000, 20_000, 40_000)
# Linear by construction: where it grows faster than that, larger sizes leave the caches.
ALONE = "parameters, plain Torch alone"
CASES: dict[str, Case] = {
    "parameters, proof": Case(
        g.derived, (1, 2, 4, 8), (1, 2, 4, 8, 12, 16, 24, 32), 2.0,
        "p derivations of an integrand of p terms", before=g.cold,
    ),
    ALONE: Case(g.graph, HUNDRED, MANY, 1.0, "a graph of p products"),
    "parameters, rows by autograd": Case(
        SAMPLED.by_autograd, HUNDRED, MANY, 1.0, "p entries a row", before=SAMPLED.prepare, like=ALONE
    ),
    "parameters, rows written out": Case(
        SAMPLED.rows, HUNDRED, MANY[:-1], 1.0, "p entries a row", before=SAMPLED.prepare, like=ALONE
    ),
    "parameters, sequential test": Case(g.tested, HUNDRED, MANY, 1.0, "p means", like=ALONE),
    "parameters, exact evidence": Case(
        g.replayed, HUNDRED, MANY[:-1], 1.0, "p integrals at common nodes", like=ALONE
    ),
    "support": Case(
        g.supports, (4, 16, 64), (8, 64, 128, 256, 384, 512, 768, 1024), 2.0,
        "a variance of (n + 1)**2 products", before=g.cold,
    ),
    "horizon, policy gradient": Case(
        g.horizon, (4, 16, 64), (8, 64, 128, 256, 512, 768, 1024), 2.0, DIGITS, before=g.cold
    ),
    "states, policy gradient": Case(
        g.states, (4, 8, 16), (8, 16, 24, 32, 48, 64, 96, 128), 2.0, "S**2 transitions that are given",
        before=g.cold,
    ),
    "degree of the integrand": Case(
        g.degree, (2, 4, 8), (2, 4, 8, 16, 24, 32, 40, 48), 2.0, "n terms of numbers of n digits",
        before=g.cold,
    ),
    "jumps of the integrand": Case(
        g.jumps, (1, 2, 4), (1, 2, 4, 8, 12, 16, 24, 32), 2.0, "n terms on n + 1 pieces", before=g.cold
    ),
    "enumeration, steps (4 actions)": Case(
        g.enumeration, (3, 4, 5, 7), (4, 5, 6, 7, 8, 9, 10, 11, 12), 4.0, "4**n sequences of n steps",
        exponential=True,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fit:
    """``fixed + last exp(rate (x - x_last))`` of ``x = log n``, or of ``x = n``; ``half`` of its interval."""

    rate: float
    half: float
    fixed: float
    last: float
    x_last: float

    def reaches(self, seconds: float) -> float:
        """The x at which so much time is up."""
        if self.rate <= 0.0 or seconds <= self.fixed:
            return math.inf
        return self.x_last + math.log((seconds - self.fixed) / self.last) / self.rate


def measured(case: Case, sizes: Sequence[int], rounds: int) -> list[float]:
    """CPU seconds at each size, medians; all sizes in every round, so that all meet the machine's moods."""
    found: list[list[float]] = [[] for _ in sizes]
    case.before(sizes[0])
    case.run(sizes[0])  # whoever is first pays for what is loaded late
    for _ in range(rounds):
        for size, times in zip(sizes, found, strict=True):
            if sum(times) < ENOUGH:
                times.append(seconds(case, size))
    return [median(times) for times in found]


def seconds(case: Case, size: int) -> float:
    """CPU seconds of one run. Where it need not be cold, another goes before it, so that neither what the
    size before left in the caches nor pages that are touched for the first time are counted.
    """
    case.before(size)
    if case.before is not g.cold:
        case.run(size)
    gc.collect()
    start = time.process_time()
    case.run(size)
    return max(time.process_time() - start, 1e-7)


def fitted(x: Sequence[float], times: Sequence[float]) -> Fit:
    """The law with its confidence interval, by least squares of the logarithms; without a fixed cost where
    the sizes are few.
    """
    xs, ys = np.asarray(x, dtype=float), np.log(times)

    def off(law: NDArray[np.float64]) -> NDArray[np.float64]:
        rate, last, share = law
        return np.logaddexp(last + rate * (xs - xs[-1]), ys.min() + np.log(share)) - ys

    # The fixed cost is a share of the least time; its logarithm keeps it from being nothing at all.
    least = 1e-6
    ends = ([0.0, -np.inf, least], [np.inf, np.inf, np.inf if len(xs) >= LEAST else 2.0 * least])
    starts = (
        [k / np.ptp(xs), ys[-1], share] for k in (2.0, 8.0, 20.0) for share in (1.5e-6, 0.01, 0.5, 0.95)
    )
    fits = (least_squares(off, start, bounds=ends) for start in starts if start[2] < ends[1][2])
    best = min(fits, key=lambda found: found.cost)
    rate, last, share = best.x
    share = share if share > 1e-3 else 0.0  # less than a thousandth of the least time is not seen
    seen = best.jac if share else best.jac[:, :2]
    free, half = len(xs) - seen.shape[1], math.inf
    if free > 0:
        spread = 2.0 * best.cost / free * np.linalg.pinv(seen.T @ seen)[0, 0]
        half = float(student_t.ppf(0.5 + CONFIDENCE / 2, free)) * math.sqrt(spread)
    return Fit(float(rate), half, float(share) * min(times), math.exp(last), float(xs[-1]))


def row(name: str, case: Case, quick: bool) -> dict[str, Any]:
    sizes = case.quick if quick else case.sizes
    progress(name)
    times = measured(case, sizes, ROUNDS[quick])
    if case.exponential:
        fit = fitted(sizes, [t / n for t, n in zip(times, sizes, strict=True)])
        law, demanded, at = f"n {math.exp(fit.rate):.2f}**n", f"n {case.demanded:g}**n", fit.reaches(WALL)
        ends = tuple(math.exp(fit.rate + sign * fit.half) for sign in (-1, 1))
    else:
        fit = fitted([math.log(n) for n in sizes], times)
        law, demanded, at = (
            f"n**{fit.rate:.2f}",
            f"n**{case.demanded:g}",
            math.exp(min(fit.reaches(WALL), 60.0)),
        )
        ends = (fit.rate - fit.half, fit.rate + fit.half)
    return {"what": name, "sizes": f"{sizes[0]}..{sizes[-1]}", "CPU s at the largest": times[-1],
            "fixed s": fit.fixed, "fitted": law, "95 %": f"{ends[0]:.2f} to {ends[1]:.2f}",
            "demanded": demanded, "because of": case.because, "a minute at": f"{at:.2g}"}  # fmt: skip


def measure(quick: bool) -> Part:
    """All cases; no case is worse than demanded where the fit's interval reaches down to it."""
    torch.set_num_threads(1)
    return part_of(tuple(row(name, case, quick) for name, case in CASES.items()), quick)


def part_of(rows: Rows, quick: bool) -> Part:
    """The rows, and what they say of the goal."""
    ours = [r for r in rows if r["what"] != ALONE]
    worse = [r["what"] for r in ours if _is_worse(r, _added(r, rows))]
    unsettled = [r["what"] for r in ours if r["what"] not in worse and not _is_settled(r)]
    found = f"worse: {', '.join(worse) or 'none'}; not settled: {', '.join(unsettled) or 'none'}"
    met = None if quick else not worse and not unsettled
    goal = Goal("no growth worse than demanded (of exponents, by less than a half)", found, met)
    return Part(
        "Growth",
        "CPU seconds of one computation by its size: a fixed cost and a law, fitted to the times at all "
        "sizes, with the 95 % interval of the exponent; a minute is where it would cross 60 s. Derivations "
        "and proofs are cold.",
        rows,
        (goal,),
        (
            f"`{ALONE}` is linear by construction, an operation an entry. By how much it grows faster than "
            "that is what larger sizes cost that leave the caches, and the other rows of parameters are held "
            "against it.",
            "A covariance of p parameters takes p**2 and is taken only where it is asked for.",
            "An expression that is read has at most 10,000 characters, which is some 700 parameters.",
            "Above a degree of 54 the numeric judge has to look for the peaks, which takes 0.2 s more and is "
            "no part of the law; above 65 the expectation is left as it is.",
            "Enumeration ends at a wall by its nature: `cost` shows where sampling overtakes it.",
        ),
    )


def _added(r: Mapping[str, Any], rows: Rows) -> float:
    """By how much the exponent of the case that is linear by construction may exceed that."""
    like = CASES[r["what"]].like if r["what"] in CASES else ""
    return max([0.0, *(_interval(other)[1] - _interval(other)[2] for other in rows if other["what"] == like)])


def _interval(r: Mapping[str, Any]) -> tuple[float, float, float]:
    """The fit's ends, and what is demanded."""
    least, most = (float(end) for end in r["95 %"].split(" to "))
    demanded = r["demanded"].removeprefix("n ").removeprefix("n**").removesuffix("**n")
    return least, most, float(demanded)


def _is_worse(r: Mapping[str, Any], added: float = 0.0) -> bool:
    """Whether the interval lies above what is demanded, and above what the machine adds to it."""
    least, _, demanded = _interval(r)
    return least > demanded + added


def _is_settled(r: Mapping[str, Any]) -> bool:
    """Whether the interval excludes what is worse by a half, which a wide one does not."""
    _, most, demanded = _interval(r)
    return most < demanded + 0.5
