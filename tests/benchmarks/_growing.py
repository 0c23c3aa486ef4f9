"""Computations whose size can be chosen, each with what the mathematics demands of its cost."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import _lru_cache_wrapper

import numpy as np
import torch
from sympy.core.cache import clear_cache

from checks.environment.cost import Choices
from checks.estimators import ESTIMATORS
from checks.evidence.exact import examine
from checks.evidence.plan import SMALLEST_BATCH
from checks.evidence.sampling import Claim, judge
from checks.problem import Problem
from checks.prove import Request, prove
from checks.vectorised.rows import rows_of
from derive import oracle
from derive.deriving import derivations
from derive.environment.bellman import gradient
from derive.environment.mdp import Mdp

Run = Callable[[int], object]
Before = Callable[[int], None]


def warm(_: int) -> None:
    """Nothing is done before the time is taken."""


def cold(_: int) -> None:
    """Every cache of results is emptied, SymPy's and ours. Caches without a bound are of what is read once:
    files and grammars.
    """
    clear_cache()
    oracle._CACHE.clear()
    for held in gc.get_objects():
        # By type(): isinstance() asks some objects for their class, which makes them warn.
        ours = type(held) is _lru_cache_wrapper and held.__module__.startswith("derive.")
        if ours and held.cache_parameters()["maxsize"] is not None:
            held.cache_clear()


@dataclass(frozen=True, slots=True)
class Case:
    """``run(size)`` at ``sizes``; ``demanded`` is the exponent that no algorithm could beat, and why.

    Of an ``exponential`` one it is the base, of things that have ``size`` parts each. ``before(size)`` is not
    timed. ``like`` names the case that is linear by construction: what that grows faster, the machine adds.
    """

    run: Run
    quick: tuple[int, ...]
    sizes: tuple[int, ...]
    demanded: float
    because: str
    exponential: bool = False
    before: Before = warm
    like: str = ""


def random_constants(p: int) -> Request:
    """``sum_i c_i a**(i mod 4 + 1)`` under a normal law, differentiated by every ``c_i``."""
    names = [f"c{i}" for i in range(p)]
    integrand = " + ".join(f"{name}*a**{1 + i % 4}" for i, name in enumerate(names))
    at = tuple((name, f"{1 + i % 7}/5") for i, name in enumerate(names))
    return Request("normal", integrand, at, tuple(names), ("score_function",))


def derived(p: int) -> object:
    return prove(random_constants(p))


class Sampled:
    """Rows of that problem by the pathwise estimator. Its trees are put together before the time is taken:
    an expression that is read has at most 10,000 characters, which is some 700 constants.
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
    """A polynomial integrand: its moments have as many terms as its degree."""
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


def graph(p: int) -> object:
    """A sum of p products by plain Torch, each with its leaf, and the slopes by all of them: linear in p."""
    x = torch.linspace(-1.0, 1.0, SMALLEST_BATCH, dtype=torch.float64)
    whole = torch.ones(p, SMALLEST_BATCH, dtype=torch.float64).requires_grad_()
    total = torch.zeros_like(x)
    for leaf in whole.unbind(0):
        total = total + leaf * x
    return torch.autograd.grad(total.sum(), whole)
