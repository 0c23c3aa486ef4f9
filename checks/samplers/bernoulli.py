"""The Bernoulli law by the probability of 1."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Bernoulli(p)."""
    (p,) = parameters
    return torch.bernoulli(torch.full(shape, p, dtype=torch.float64), generator=generator)
