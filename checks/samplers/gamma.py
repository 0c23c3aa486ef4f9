"""The gamma law, by its quantile function; the shape is a number here and is not differentiated."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks import tails
from checks.draws import normals


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Gamma(shape, rate)."""
    own, rate = parameters
    return tails.gamma(own, normals(shape, generator)) / rate
