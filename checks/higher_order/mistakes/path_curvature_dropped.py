"""The curvature of the path left out: the sample's own second derivative in theta."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators import pathwise
from checks.mistake import Mistake

if TYPE_CHECKING:
    import torch

    from checks.estimator import Statistic
    from checks.problem import Problem, Theta
    from derive.expectation import Expectation


def statistic(expectation: Expectation) -> Statistic:
    """The total second derivative without ``sum_k d g/d a_k d2 T_k/d theta_i d theta_j``."""
    from checks.calculus import slope
    from checks.higher_order.parts import on_noise, on_path

    family, body = expectation.family, on_path(expectation, expectation.integrand)
    pull = [on_path(expectation, slope(expectation.integrand, a)) for a in family.samples]
    paths = list(zip(pull, pathwise.transport_of(expectation).map, strict=True))
    return on_noise(
        expectation,
        lambda i, j: slope(slope(body, i), j) - sum(g * path.diff(i, j) for g, path in paths),
    )


def estimate(problem: Problem, n: int, generator: torch.Generator) -> torch.Tensor:
    """The velocities of the sample as numbers: their graph was not kept."""
    from checks.higher_order.autograd import hessians

    theta = problem.leaves(n)
    b = problem.draw_noise(n, generator)
    return hessians(problem, problem.f(straightened(problem, b, theta), theta), theta)


def straightened(problem: Problem, b: torch.Tensor, theta: Theta) -> torch.Tensor:
    """The sample as an affine function of theta: its value and its velocities at the point."""
    import torch

    a = problem.transport(b, theta)
    leaves = [theta[name] for name in problem.wrt]
    columns = []
    for axis in a.reshape(len(a), -1).unbind(-1):
        found = torch.autograd.grad(axis.sum(), leaves, retain_graph=True, materialize_grads=True)
        moved = (v.detach() * (leaf - leaf.detach()) for v, leaf in zip(found, leaves, strict=True))
        columns.append(sum(moved, axis.detach()))
    return torch.stack(columns, dim=-1).reshape(a.shape)


def refuses(expectation: Expectation) -> str | None:
    """A transport that is affine in theta has no curvature to lose."""
    refusal = pathwise.refuses(expectation)
    if refusal is not None:
        return refusal
    theta = expectation.wrt
    if all(
        path.diff(i, j) == 0 for path in pathwise.transport_of(expectation).map for i in theta for j in theta
    ):
        return "the transport is affine in the parameters: its path has no curvature"
    return None


MISTAKE = Mistake(
    name="path_curvature_dropped",
    of="hessian_pathwise",
    says="without E[dg/da d2T/dtheta2]: the sample was moved along a straight line",
    source="the chain rule applied twice, less its last term",
    statistic=statistic,
    estimate=estimate,
    refuses=refuses,
)
