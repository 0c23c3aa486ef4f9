"""The float64 draws that everything else is made of, each from an explicit generator."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def normals(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Standard normal draws."""
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def uniforms(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws from the uniform law on (0, 1); multiples of 2**-53."""
    return torch.rand(shape, generator=generator, dtype=torch.float64)


def exponentials(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Standard exponential draws."""
    return torch.empty(shape, dtype=torch.float64).exponential_(generator=generator)


def signs(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """-1 or 1, each with probability one half."""
    return torch.randint(0, 2, shape, generator=generator).to(torch.float64) * 2.0 - 1.0
