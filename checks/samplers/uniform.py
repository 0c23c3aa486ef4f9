"""The uniform law on an interval."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import uniforms


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Uniform(low, high)."""
    low, high = parameters
    return low + (high - low) * uniforms(shape, generator)
