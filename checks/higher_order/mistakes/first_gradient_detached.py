"""The first gradient detached, or taken without create_graph: the second backward pass finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import pathwise
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """Zero."""
    from sympy import S

    from checks.higher_order.parts import on_noise

    return on_noise(expectation, lambda i, j: S.Zero)


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """Differentiate what does not remember where it came from."""
    from checks.higher_order.autograd import gradients, jet, stacked

    theta = problem.leaves(n)
    b = problem.draw_noise(n, generator)
    first = jet(problem, problem.f(problem.transport(b, theta), theta), theta).first
    leaves = [theta[name] for name in problem.wrt]
    return stacked({
        (i, i + k): two
        for i, one in enumerate(first)
        for k, two in enumerate(gradients(one.detach(), leaves[i:]))
    })  # fmt: skip


def refuses(expectation: Expectation) -> str | None:
    """Where the pathwise estimator does not apply."""
    return pathwise.refuses(expectation)


MISTAKE = Mistake(
    name="first_gradient_detached",
    of="hessian_pathwise",
    says="of a constant: the first gradient was detached (no create_graph), so the second is zero",
    source="the documentation of torch.autograd.grad, create_graph",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
