"""The Bernoulli law by the log-odds of 1."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Bernoulli(sigmoid(logits))."""
    (logits,) = parameters
    p = torch.sigmoid(torch.full(shape, logits, dtype=torch.float64))
    return torch.bernoulli(p, generator=generator)
