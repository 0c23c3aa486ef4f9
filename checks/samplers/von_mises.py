"""The von Mises law on (-pi, pi), by its quantile function."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from checks.circle import Circle
from checks.draws import uniforms


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of VonMises(mu, kappa)."""
    mu, kappa = parameters
    return torch.from_numpy(Circle(mu, kappa).quantile(uniforms(shape, generator).numpy()))
