"""The binomial law, as a choice among its n + 1 values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from checks.draws import choices


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Binomial(n, p)."""
    n, p = parameters
    k = torch.arange(int(n) + 1, dtype=torch.float64)
    log_choices = -torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    logs = log_choices + k * math.log(p) + (n - k) * math.log1p(-p)
    return choices(torch.exp(logs - logs.max()), shape, generator)
