"""The negative binomial law, as a choice among the values that are not negligible."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from checks.draws import choices, masses_of


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of NegativeBinomial(r, p): successes, each with probability p, before the r-th failure."""
    r, p = parameters
    table = masses_of(lambda k: torch.lgamma(k + r) - torch.lgamma(k + 1) + k * math.log(p))
    return choices(table, shape, generator)
