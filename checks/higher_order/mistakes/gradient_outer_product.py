"""The outer product of the gradient with itself, taken for the second derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import score_function
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """``(g s_i + dg_i) (g s_j + dg_j)``."""
    from checks.higher_order.parts import Parts, on_samples

    p = Parts(expectation)
    return on_samples(
        expectation, lambda i, j: (p.g * p.score(i) + p.slope(i)) * (p.g * p.score(j) + p.slope(j))
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The products of the first estimate's entries."""
    import torch

    from checks.estimators.score_function import estimate as gradient

    row = gradient(problem, n, generator)
    pairs = torch.triu_indices(row.shape[1], row.shape[1])
    return row[:, pairs[0]] * row[:, pairs[1]]


def refuses(expectation: Expectation) -> str | None:
    """Where the score function does not apply."""
    return score_function.refuses(expectation)


MISTAKE = Mistake(
    name="gradient_outer_product",
    of="hessian_score_function",
    says="squared: the outer product of the gradient is not the second derivative",
    source="Kunstner, Balles, Hennig 2019, Limitations of the empirical Fisher approximation",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
