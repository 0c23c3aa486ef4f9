"""The Cauchy law."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import exponentials
from checks.tails import cauchy


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Cauchy(mu, gamma)."""
    mu, gamma = parameters
    return mu + gamma * cauchy(exponentials(shape, generator))
