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
from checks.vectorised.parts import Parts
from checks.vectorised.program import Compute, compile_rows
from checks.vectorised.slopes import NoSlope
from checks.vectorised.written import WRITTEN

if TYPE_CHECKING:
    from checks.estimator import Estimator

# Laws on 0, 1, ..., K - 1: their rows are computed once for each outcome.
FINITE = ("bernoulli", "bernoulli_logits", "binomial", "categorical", "categorical_logits")
LARGEST_TABLE = 1 << 16


@dataclass(frozen=True)
class Rows:
    """``rows(n, generator) -> [n, p]``: what ``estimator.estimate`` gives for the same generator.

    Equal to rounding, not bit for bit. ``table [K, p]`` holds the row of each outcome of a finite law.
    """

    draw: Callable[[int, Generator], Tensor]
    compute: Compute
    columns: int
    p: int
    table: Tensor | None = None

    def __call__(self, n: int, generator: Generator) -> Tensor:
        x = self.draw(n, generator)
        if self.table is not None:
            return self.table.index_select(0, x.to(torch.int64))
        return self.at(x)

    def at(self, x: Tensor) -> Tensor:
        """The rows of draws ``x``, which may be written over."""
        out = torch.empty((self.p, x.shape[0]), dtype=torch.float64)
        # Each column must own its numbers, because it is written over.
        columns = [x] if self.columns == 1 else list(x.reshape(len(x), -1).t().contiguous())
        self.compute(columns, out)
        return out.t()


def rows_of(estimator: Estimator, problem: Any) -> Rows | None:
    """The written-out rows, or None where the estimator or a function of the problem has none."""
    name = estimator.name
    if name not in WRITTEN or ESTIMATORS[name] is not estimator or not isinstance(problem, Problem):
        return None
    copies = estimator.call if estimator.call > 1 else 0
    parts = Parts(problem, copies)
    try:
        compute = compile_rows(WRITTEN[name](parts), problem.point, parts.inputs)
    except NoSlope:
        return None
    made = Rows(_drawing(problem, copies or None), compute, len(parts.inputs), len(problem.wrt))
    size = _outcomes(problem)
    if copies or not 0 < size <= LARGEST_TABLE:
        return made
    return replace(made, table=made.at(torch.arange(size, dtype=torch.float64)).contiguous())


def _drawing(problem: Problem, copies: int | None) -> Callable[[int, Generator], Tensor]:
    """The draws that ``Problem.sample`` makes, before they are transported."""
    draw = problem.sample if problem.proof.trees.get("transport") is None else problem.draw_noise
    return draw if copies is None else partial(draw, copies=copies)


def _outcomes(problem: Problem) -> int:
    """How many outcomes a finite law has; 0 for others."""
    law = problem.proof.trees.get("law")
    if not isinstance(law, dict) or law["family"] not in FINITE:
        return 0
    ((low, high),) = problem.support
    return int(high) + 1 if low == 0.0 else 0
