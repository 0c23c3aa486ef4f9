"""The float64 draws that everything else is made of, each from an explicit generator."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import torch
from torch import Generator, Tensor

# A mass below exp(-70) of the largest, 4e-31, is met by no draw: multiples of 2**-53 do not reach it.
NEGLIGIBLE = 70.0
LONGEST_TABLE = 1 << 20


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


def choices(masses: Tensor, shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of 0, 1, ... with probabilities proportional to ``masses [K]``, as float64 numbers."""
    if len(shape) > 1:  # row by row, so that each row's draws are known to be its own
        rows = masses.expand(shape[0], -1)
        drawn = torch.multinomial(rows, prod(shape[1:]), replacement=True, generator=generator)
        return drawn.reshape(shape).to(torch.float64)
    drawn = torch.multinomial(masses, shape[0], replacement=True, generator=generator)
    return drawn.reshape(shape).to(torch.float64)


def masses_of(log_mass: Callable[[Tensor], Tensor], first: int = 64) -> Tensor:
    """The masses of a law on 0, 1, 2, ... up to where they are negligible for good.

    ``log_mass`` is that of the whole numbers given, up to a constant; from its peak on it must fall.
    Raises ``OverflowError`` where more than a million masses are not negligible.
    """
    size = first
    while size <= LONGEST_TABLE:
        logs = log_mass(torch.arange(size, dtype=torch.float64))
        logs = logs - logs.max()
        if logs[-1] < -NEGLIGIBLE:
            return torch.exp(logs[: int(torch.nonzero(logs >= -NEGLIGIBLE).max()) + 1])
        size *= 2
    raise OverflowError(f"more than {LONGEST_TABLE} outcomes are not negligible")
