"""Independent Bernoulli variables."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws ``[n, d]`` of Bernoulli(p[0]) to Bernoulli(p[d - 1])."""
    p = torch.tensor(parameters, dtype=torch.float64)
    return torch.bernoulli(p.expand(shape), generator=generator)
