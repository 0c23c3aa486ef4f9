"""The categorical law by its probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from checks.draws import choices


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of 0, 1, ... with probabilities proportional to the parameters."""
    return choices(torch.tensor(parameters, dtype=torch.float64), shape, generator)
