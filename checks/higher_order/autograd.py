"""Second derivatives by autograd, row by row: one backward pass of a first derivative for each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from checks.problem import Problem, Theta


class Jet(NamedTuple):
    """First derivatives by parameter, ``[n]`` each, and second ones by pair of their numbers ``i <= j``."""

    first: list[Tensor]
    second: dict[tuple[int, int], Tensor]


def jet(problem: Problem, value: Tensor, theta: Theta) -> Jet:
    """The derivatives of each entry of ``value [n]``, with ``theta`` from ``leaves(n)``.

    One backward pass of a sum serves all rows, since row i depends on entry i of each leaf alone.
    """
    leaves = [theta[name] for name in problem.wrt]
    first = [one.expand(value.shape) for one in gradients(value, leaves)]
    pairs: dict[tuple[int, int], Tensor] = {}
    for i, one in enumerate(first):
        found = gradients(one, leaves[i:])
        pairs |= {(i, i + k): two.expand(value.shape) for k, two in enumerate(found)}
    return Jet(first, pairs)


def hessians(problem: Problem, surrogate: Tensor, theta: Theta) -> Tensor:
    """``[n, p (p + 1)/2]``: each sample's surrogate differentiated twice, on and above the diagonal."""
    return stacked(jet(problem, surrogate, theta).second)


def stacked(entries: dict[tuple[int, int], Tensor]) -> Tensor:
    """``[n, p (p + 1)/2]``, row by row of the upper triangle, without a graph."""
    return torch.stack([entries[pair] for pair in sorted(entries)], dim=-1).detach()


def gradients(value: Tensor, leaves: list[Tensor]) -> tuple[Tensor, ...]:
    """Derivatives of the sum of ``value``, with their graph; zeros where nothing depends on a leaf."""
    if not value.requires_grad:
        return tuple(torch.zeros_like(leaf) for leaf in leaves)
    return torch.autograd.grad(
        value.sum(), leaves, create_graph=True, allow_unused=True, materialize_grads=True
    )
