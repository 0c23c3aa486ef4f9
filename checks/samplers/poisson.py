"""The Poisson law, as a choice among the values that are not negligible."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from checks.draws import choices, masses_of


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Poisson(rate)."""
    (rate,) = parameters
    table = masses_of(lambda k: k * math.log(rate) - torch.lgamma(k + 1))
    return choices(table, shape, generator)
