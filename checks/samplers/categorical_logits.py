"""The categorical law by unnormalised log-probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from checks.draws import choices


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of 0, 1, ... with probabilities proportional to the exponentials of the parameters."""
    logits = torch.tensor(parameters, dtype=torch.float64)
    return choices(torch.softmax(logits, 0), shape, generator)
