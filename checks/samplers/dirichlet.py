"""The Dirichlet law on the triangle, by breaking a stick twice: each piece is a beta part of what is left."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from checks import tails
from checks.draws import normals


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws ``[n, 2]`` of the first two coordinates of Dirichlet(alpha[0], alpha[1], alpha[2])."""
    return torch.stack(broken(parameters, normals(shape, generator))[:2], dim=-1)


def broken(parameters: Sequence[float], z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """All three coordinates of standard normal noise ``z [..., 2]``."""
    first, second, third = parameters
    a, rest = tails.beta(first, second + third, z[..., 0].contiguous())
    b, last = tails.beta(second, third, z[..., 1].contiguous())
    return a, rest * b, rest * last
