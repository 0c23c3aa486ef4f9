"""The Laplace law: a random sign times an exponential variable."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import exponentials, signs


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Laplace(mu, b)."""
    mu, b = parameters
    return mu + b * signs(shape, generator) * exponentials(shape, generator)
