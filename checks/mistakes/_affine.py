"""Location and scale of an affine transport ``a = location + scale b``, in SymPy and in Torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.estimators.pathwise import transport_of

if TYPE_CHECKING:
    from sympy import Expr
    from torch import Tensor

    from checks.problem import Problem, Theta
    from derive.expectation import Expectation


def location_of(expectation: Expectation) -> tuple[Expr, ...]:
    """The transport at zero noise, one expression per axis."""
    zero = {b: 0 for b in expectation.family.noise}
    return tuple(axis.subs(zero) for axis in transport_of(expectation).map)


def scale_of(expectation: Expectation) -> list[list[Expr]]:
    """The matrix of slopes of the transport in the noise, which is free of the noise."""
    return [[axis.diff(b) for b in expectation.family.noise] for axis in transport_of(expectation).map]


def why_not_affine(expectation: Expectation) -> str | None:
    """Why the family has no scale that could be lost here, or None."""
    transport = expectation.family.transport
    if transport is None or transport.form != "location_scale":
        return f"{expectation.family.name} has no transport of the form a = mu + sigma b"
    free = set().union(*(entry.free_symbols for row in scale_of(expectation) for entry in row))
    if not free & set(expectation.wrt):
        return "no scale is among the parameters asked for"
    return None


def affine_parts(problem: Problem, n: int, theta: Theta) -> tuple[Tensor, Tensor]:
    """``location [n]`` and ``scale [n]`` with their graphs; ``[n, d]`` and ``[n, d, d]`` for vectors."""
    import torch

    d = problem.dimension
    shape = (n,) if d == 1 else (n, d)
    location = problem.transport(torch.zeros(shape, dtype=torch.float64), theta)
    if d == 1:
        return location, problem.transport(torch.ones(shape, dtype=torch.float64), theta) - location
    units = torch.eye(d, dtype=torch.float64)
    columns = [problem.transport(units[i].expand(shape), theta) - location for i in range(d)]
    return location, torch.stack(columns, dim=-1)
