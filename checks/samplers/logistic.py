"""The logistic law."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import exponentials
from checks.tails import logistic


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Logistic(mu, s)."""
    mu, s = parameters
    return mu + s * logistic(exponentials(shape, generator))
