"""How cost grows: each quantity with its fitted law, how sure the fit is, and when a minute is up.

A law ``n**k`` is fitted to the larger two thirds of the sizes, where constant costs no longer flatten it.
What the mathematics demands stands beside it: p derivations of p terms each are p**2 terms of text.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np
import torch
from scipy.stats import t as student_t

from checks.environment.cost import Choices
from checks.estimators import ESTIMATORS
from checks.evidence.exact import examine
from checks.evidence.plan import SMALLEST_BATCH
from checks.evidence.sampling import Claim, judge
from checks.problem import Problem
from checks.prove import Request, prove
from checks.vectorised.rows import rows_of
from derive.deriving import derivations
from derive.environment.bellman import gradient
from derive.environment.mdp import Mdp
from tests.benchmarks.part import Goal, Part, Rows, progress

Run = Callable[[int], object]
# A minute: what a check may take (``checks.run.Options.budget``).
WALL = 60.0
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Case:
    """``run(size)`` at ``sizes``; ``demanded`` is the exponent that no algorithm could beat, and why.

    Of an ``exponential`` one it is the base.
    """

    run: Run
    quick: tuple[int, ...]
    sizes: tuple[int, ...]
    demanded: float
    because: str
    exponential: bool = False


def random_constants(p: int) -> Request:
    """``sum_i c_i a**(i mod 4 + 1)`` under a normal law, differentiated by every ``c_i``."""
    names = [f"c{i}" for i in range(p)]
    integrand = " + ".join(f"{name}*a**{1 + i % 4}" for i, name in enumerate(names))
    at = tuple((name, f"{1 + i % 7}/5") for i, name in enumerate(names))
    return Request("normal", integrand, at, tuple(names), ("score_function",))


def derived(p: int) -> object:
    return prove(random_constants(p))


class Sampled:
    """Rows of that problem by the pathwise estimator. Its trees are put together here, outside of the time
    that is measured: an expression that is read has at most 10,000 characters, which is some 700 constants.
    """

    def __init__(self) -> None:
        self.proof = prove(replace(random_constants(1), estimators=()))
        self.problems: dict[int, Problem] = {}

    def prepare(self, p: int) -> None:
        if p in self.problems:
            return
        at = dict(random_constants(p).at)
        terms = [
            ["mul", ["sym", c], ["pow", ["sym", "a"], ["num", str(1 + i % 4)]]] for i, c in enumerate(at)
        ]
        trees = {**self.proof.trees, "integrand": ["add", *terms]}
        proof = replace(self.proof, trees=trees, wrt=tuple(at), at={**self.proof.at, **at})
        self.problems[p] = Problem(proof)

    def rows(self, p: int) -> object:
        made = rows_of(ESTIMATORS["pathwise"], self.problems[p])
        assert made is not None
        return made(SMALLEST_BATCH, torch.Generator().manual_seed(0))

    def by_autograd(self, p: int) -> object:
        return ESTIMATORS["pathwise"].estimate(
            self.problems[p], SMALLEST_BATCH, torch.Generator().manual_seed(0)
        )


def tested(d: int) -> object:
    """A sequential test of d coordinates, each the square of a normal number; 64 rows a batch."""

    def run(n: int, generator: torch.Generator) -> torch.Tensor:
        x = torch.randn(n, 1, generator=generator, dtype=torch.float64)
        return (x * x).expand(n, d)

    one = np.ones(d)
    return judge(run, one, Claim(one, 2.0 * one), "growth", relative=1.0, seconds=math.inf)


def replayed(d: int) -> object:
    """Exact evidence of d coordinates that share one draw."""
    powers = 1.0 + torch.arange(d, dtype=torch.float64) / d

    def run(n: int, generator: torch.Generator) -> torch.Tensor:
        x = torch.randn(n, 1, generator=generator, dtype=torch.float64)
        return torch.exp(-powers * x * x)

    return examine(run, d)


def supports(size: int) -> object:
    """A binomial law of so many trials: a finite sum of size + 1 terms."""
    return prove(Request("binomial", "exp(a/5)", (("n", str(size)),), estimators=("score_function",)))


def degree(order: int) -> object:
    """A polynomial integrand: the derivation's terms grow with its degree."""
    return derivations("reparam", "normal", f"a**{order}", ("mu",))


def jumps(count: int) -> object:
    """Each jump is a term of the derivation of its own."""
    integrand = " + ".join(f"Heaviside(a - {k}/7)" for k in range(1, count + 1))
    return derivations("product-rule", "normal", integrand, ("mu",))


def ring(states: int, horizon: int) -> Mdp:
    """States in a ring: each of two actions goes on with one probability, or stays."""
    stay, go = Fraction(1, 4), Fraction(3, 4)

    def row(s: int, a: int) -> tuple[Fraction, ...]:
        on = (s + 1 + a) % states
        return tuple(go * (n == on) + stay * (n == s) for n in range(states))

    return Mdp(
        name=f"ring of {states}",
        states=tuple(f"s{s}" for s in range(states)),
        actions=("near", "far"),
        start=tuple(Fraction(int(s == 0)) for s in range(states)),
        transitions=tuple((row(s, 0), row(s, 1)) for s in range(states)),
        rewards=tuple((Fraction(s % 3), Fraction(s % 2)) for s in range(states)),
        policy=((Fraction(1, 2), Fraction(1, 2)),) * states,
        parametrization="softmax",
        horizon=horizon,
        discount=Fraction(1, 2),
    )


def horizon(steps: int) -> object:
    """The exact policy gradient by recursion, three states, in fractions."""
    return gradient(ring(3, steps))


def states(count: int) -> object:
    """The same by the number of states, four steps: twice as many parameters."""
    return gradient(ring(count, 4))


def enumeration(steps: int) -> object:
    """The exact sum over 4**steps action sequences."""
    return Choices(4, steps).exact()


SAMPLED = Sampled()
DIGITS = "T steps of fractions with up to T digits"
HUNDRED, MANY = (1, 10, 100), (1, 100, 500, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000)
CASES: dict[str, Case] = {
    "parameters, proof": Case(
        derived, (1, 2, 4, 8), (1, 8, 12, 16, 20, 24, 32), 2.0, "p derivations of an integrand of p terms"
    ),
    "parameters, rows by autograd": Case(SAMPLED.by_autograd, HUNDRED, MANY, 1.0, "p entries a row"),
    "parameters, rows written out": Case(SAMPLED.rows, HUNDRED, MANY, 1.0, "p entries a row"),
    "parameters, sequential test": Case(tested, HUNDRED, MANY, 1.0, "p means"),
    "parameters, exact evidence": Case(replayed, HUNDRED, MANY, 1.0, "p integrals at common nodes"),
    "support": Case(
        supports, (4, 16, 64), (8, 64, 96, 128, 192, 256, 384, 512), 2.0, "a variance of (n + 1)**2 products"
    ),
    "horizon, policy gradient": Case(
        horizon, (4, 16, 64), (8, 64, 128, 192, 256, 384, 512, 1024), 2.0, DIGITS
    ),
    "states, policy gradient": Case(
        states, (4, 8, 16), (8, 16, 24, 32, 48, 64, 96, 128), 2.0, "S**2 transitions that are given"
    ),
    "degree of the integrand": Case(degree, (2, 4, 8), (2, 8, 16, 24, 32, 48, 64, 96), 1.0, "n terms"),
    "jumps of the integrand": Case(jumps, (1, 2, 4), (1, 2, 4, 8, 12, 16, 24, 32), 1.0, "n terms"),
    "enumeration, steps (4 actions)": Case(
        enumeration, (3, 5, 7), (4, 5, 6, 7, 8, 9, 10), 4.0, "4**n sequences", exponential=True
    ),
}


def seconds(case: Case, size: int, rounds: int) -> float:
    """The median; what lasts long is run once."""
    if isinstance(getattr(case.run, "__self__", None), Sampled):
        SAMPLED.prepare(size)
    found: list[float] = []
    while len(found) < rounds and sum(found) < 2.0:
        start = time.process_time()
        case.run(size)
        found.append(time.process_time() - start)
    return max(median(found), 1e-7)


def fitted(x: Sequence[float], times: Sequence[float]) -> tuple[float, float, float]:
    """Slope of the logarithm, its half confidence interval, and the intercept; by least squares."""
    xs, ys = np.asarray(x, dtype=float), np.log(times)
    slope, intercept = np.polyfit(xs, ys, 1)
    free = len(xs) - 2
    if free < 1:
        return float(slope), math.inf, float(intercept)
    off = ys - (slope * xs + intercept)
    error = math.sqrt(float(off @ off) / free / float(((xs - xs.mean()) ** 2).sum()))
    return float(slope), float(student_t.ppf(0.5 + CONFIDENCE / 2, free)) * error, float(intercept)


def row(name: str, case: Case, quick: bool) -> dict[str, Any]:
    sizes = case.quick if quick else case.sizes
    progress(name)
    times = [seconds(case, size, 1 if quick else 3) for size in sizes]
    tail = max(3, len(sizes) - len(sizes) // 3)
    x = [float(s) if case.exponential else math.log(s) for s in sizes[-tail:]]
    slope, half, intercept = fitted(x, times[-tail:])
    wall = (math.log(WALL) - intercept) / slope if slope > 0.0 else math.inf
    if case.exponential:
        law, spread = (
            f"{math.exp(slope):.2f}**n",
            f"{math.exp(slope - half):.2f} to {math.exp(slope + half):.2f}",
        )
        demanded, at = f"{case.demanded:g}**n", wall
    else:
        law, spread = f"n**{slope:.2f}", f"{slope - half:.2f} to {slope + half:.2f}"
        demanded, at = f"n**{case.demanded:g}", math.exp(min(wall, 60.0))
    return {"what": name, "sizes": f"{sizes[0]}..{sizes[-1]}", "CPU s at the largest": times[-1],
            "fitted": law, "95 %": spread, "demanded": demanded, "because of": case.because,
            "a minute at": f"{at:.2g}"}  # fmt: skip


def measure(quick: bool) -> Part:
    """All cases; no case is worse than demanded where the fit's interval reaches down to it."""
    torch.set_num_threads(1)
    return part_of(tuple(row(name, case, quick) for name, case in CASES.items()), quick)


def part_of(rows: Rows, quick: bool) -> Part:
    """The rows, and what they say of the goal."""
    worse = [r["what"] for r in rows if _is_worse(r)]
    unsettled = [r["what"] for r in rows if not _is_worse(r) and not _is_settled(r)]
    found = f"worse: {', '.join(worse) or 'none'}; not settled: {', '.join(unsettled) or 'none'}"
    met = None if quick else not worse and not unsettled
    goal = Goal("no growth worse than demanded (of exponents, by less than a half)", found, met)
    return Part(
        "Growth",
        "CPU seconds of one computation by its size. The law is fitted to the larger two thirds, with "
        "its 95 % interval; a minute is where it would cross 60 s.",
        rows,
        (goal,),
        (
            "A covariance of p parameters takes p**2 and is taken only where it is asked for.",
            "Exact evidence holds all nodes of all coordinates at once: above some 500 of them its arrays no "
            "longer fit into the cache, and what is fitted is partly that.",
            "An expression that is read has at most 10,000 characters, which is some 700 parameters.",
            "Enumeration ends at a wall by its nature: `cost` shows where sampling overtakes it.",
        ),
    )


def _interval(r: Mapping[str, Any]) -> tuple[float, float, float]:
    """The fit's ends, and what is demanded."""
    least, most = (float(end) for end in r["95 %"].split(" to "))
    demanded = r["demanded"]
    wanted = demanded.removeprefix("n**") if demanded.startswith("n") else demanded.removesuffix("**n")
    return least, most, float(wanted)


def _is_worse(r: Mapping[str, Any]) -> bool:
    """Whether the interval lies above what is demanded."""
    least, _, demanded = _interval(r)
    return least > demanded


def _is_settled(r: Mapping[str, Any]) -> bool:
    """Whether the interval excludes what is worse by a half, which a wide one does not."""
    _, most, demanded = _interval(r)
    return most < demanded + 0.5
