"""The normal law."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import normals


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Normal(mu, sigma)."""
    mu, sigma = parameters
    standard = normals(shape, generator)
    # The noise of a transport is standard, and two passes over it would do nothing.
    return standard if (mu, sigma) == (0.0, 1.0) else standard.mul_(sigma).add_(mu)
