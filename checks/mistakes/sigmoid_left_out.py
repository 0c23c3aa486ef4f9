"""DisARM without its factor ``sigmoid(|phi|)``, the mean of ARM's weight given the two coins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import _vectors, disarm
from checks.estimators._coins import gradients_of_pair, throw
from checks.estimators._relaxed import coin_logits
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``1/2 (g(b) - g(b'))(b - b') d phi/d theta`` and the right explicit term."""
    from sympy import S

    if _vectors.is_vector(expectation):
        return _vectors.statistic(expectation, lambda twins: (twins.one - twins.other) / 2)
    return disarm.weighted(expectation, S.One)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """``1/2 (g(b) - g(b'))(b - b')``."""
    from checks.draws import uniforms

    if problem.dimension > 1:
        return _vectors.by_twins(problem, n, generator, lambda thrown: (thrown.one - thrown.other) / 2)
    theta = problem.leaves(n)
    logits = coin_logits(problem, n, theta)
    b, twin = throw(logits, uniforms((n,), generator))
    one, other = problem.f(b, theta), problem.f(twin, theta)
    return gradients_of_pair(problem, theta, logits, 0.5 * (one - other) * (b - twin), (one + other) / 2)


MISTAKE = Mistake(
    name="sigmoid_left_out",
    of="disarm",
    says="with its distributional term over max(p, 1 - p): the factor sigmoid(|phi|) of DisARM was left out",
    source="Dong, Mnih, Tucker 2020, equation 6",
    statistic=statistic,
    estimate=estimate,
    refuses=disarm.refuses,
)
