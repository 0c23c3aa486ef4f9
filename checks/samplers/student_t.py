"""Student's t law, by its quantile function; nu is a number here and is not differentiated."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import exponentials
from checks.tails import student_t


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of StudentT(nu, mu, sigma)."""
    nu, mu, sigma = parameters
    return mu + sigma * student_t(nu, exponentials(shape, generator))
