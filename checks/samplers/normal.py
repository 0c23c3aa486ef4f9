"""The normal law."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import normals


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Normal(mu, sigma)."""
    mu, sigma = parameters
    return mu + sigma * normals(shape, generator)
