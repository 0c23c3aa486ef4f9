"""Very many rows of a built-in estimator, with constant memory and without autograd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Generator, Tensor

from checks.estimators import ESTIMATORS
from checks.problem import Problem
from checks.vectorised.numbers import Numbers, numbers_of, quick_generator
from checks.vectorised.parts import Parts
from checks.vectorised.program import Compute, compile_rows
from checks.vectorised.slopes import NoSlope
from checks.vectorised.written import WRITTEN

if TYPE_CHECKING:
    from checks.estimator import Estimator

# Laws on 0, 1, ..., K - 1: their rows are computed once for each outcome.
FINITE = ("bernoulli", "bernoulli_logits", "binomial", "categorical", "categorical_logits")
LARGEST_TABLE = 1 << 16
# Seeding NumPy's generator takes 25 us, and Torch's 6.
WORTH_SEEDING = 1 << 12
# The masses of a choice as its sampler has them, computed once and not in every call.
_MASSES: dict[str, Callable[[Tensor], Tensor]] = {
    "categorical": lambda p: p,
    "categorical_logits": lambda phi: torch.softmax(phi, 0),
}


@dataclass(frozen=True)
class Rows:
    """``rows(n, generator) -> [n, p]``: what ``estimator.estimate`` gives for the same generator.

    Equal to rounding, not bit for bit. ``table [K, p]`` holds the row of each outcome of a finite law.
    ``numbers`` draws the same noise faster, and other draws.
    """

    draw: Callable[[int, Generator], Tensor]
    compute: Compute
    columns: int
    p: int
    table: Tensor | None = None
    numbers: Numbers | None = None

    def __call__(self, n: int, generator: Generator) -> Tensor:
        x = self.draw(n, generator)
        return self.at(x) if self.table is None else self.table.index_select(0, x.to(torch.int64))

    def stream(self, n: int, seed: int) -> Callable[[int], Tensor]:
        """Pieces of ``n`` rows in law, from the faster numbers where they are worth their seeding."""
        if self.numbers is None or n < WORTH_SEEDING:
            torchs = Generator().manual_seed(seed)
            return lambda k: self(k, torchs)
        numbers, rng = self.numbers, quick_generator(seed)
        return lambda k: self.at(numbers(k, rng))

    def at(self, x: Tensor) -> Tensor:
        """The rows of draws ``x``, which may be written over."""
        out = torch.empty(self.p, x.shape[0], dtype=torch.float64)  # a tuple would take half as long again
        # Each column must own its numbers, because it is written over.
        self.compute((x,) if self.columns == 1 else x.reshape(len(x), -1).t().contiguous().unbind(0), out)
        return out.t()


def rows_of(estimator: Estimator, problem: Any) -> Rows | None:
    """The written-out rows, or None where the estimator or a function of the problem has none."""
    name = estimator.name
    if name not in WRITTEN or ESTIMATORS[name] is not estimator or not isinstance(problem, Problem):
        return None
    if problem.proof.order != 1:  # the formulas are of first derivatives
        return None
    copies = estimator.call if estimator.call > 1 else 0
    parts = Parts(problem, copies)
    try:
        compute = compile_rows(WRITTEN[name](parts), problem.point, parts.inputs)
    except NoSlope:
        return None
    draw, numbers = _drawing(problem, copies or None), numbers_of(problem, copies)
    made = Rows(draw, compute, len(parts.inputs), len(problem.wrt), numbers=numbers)
    size = _outcomes(problem)
    if copies or not 0 < size <= LARGEST_TABLE:
        return made
    return replace(made, table=made.at(torch.arange(size, dtype=torch.float64)).contiguous())


def _drawing(problem: Problem, copies: int | None) -> Callable[[int, Generator], Tensor]:
    """The draws that ``Problem.sample`` makes, before they are transported."""
    law: Any = problem.proof.trees.get("law")
    if law is not None and law["family"] in _MASSES and copies is None:
        masses = _MASSES[law["family"]](torch.tensor(problem.law_parameters, dtype=torch.float64))
        return lambda n, g: torch.multinomial(masses, n, replacement=True, generator=g)
    if problem.proof.trees.get("transport") is None:
        return problem.sample if copies is None else partial(problem.sample, copies=copies)
    noise: Any = problem.proof.trees.get("noise")
    standard = noise["family"] == "normal" and problem.noise_parameters == (0.0, 1.0)
    if standard and problem.dimension == 1 and copies is None:
        # Of a thousand draws, which take 20 us, every call on the way is worth some percent.
        return lambda n, g: torch.randn(n, generator=g, dtype=torch.float64)
    return problem.draw_noise if copies is None else partial(problem.draw_noise, copies=copies)


def _outcomes(problem: Problem) -> int:
    """How many outcomes a finite law has; 0 for others."""
    law = problem.proof.trees.get("law")
    if not isinstance(law, dict) or law["family"] not in FINITE:
        return 0
    ((low, high),) = problem.support
    return int(high) + 1 if low == 0.0 else 0
