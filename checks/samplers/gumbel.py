"""The Gumbel law of maxima."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import exponentials
from checks.tails import gumbel


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Gumbel(mu, beta)."""
    mu, beta = parameters
    return mu + beta * gumbel(exponentials(shape, generator))
