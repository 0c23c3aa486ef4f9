"""The exponential law."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import exponentials


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Exponential(rate)."""
    (rate,) = parameters
    return exponentials(shape, generator) / rate
