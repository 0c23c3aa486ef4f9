"""The beta law, by its quantile function."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks import tails
from checks.draws import normals


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Beta(alpha, beta)."""
    alpha, beta = parameters
    return tails.beta(alpha, beta, normals(shape, generator))[0]
