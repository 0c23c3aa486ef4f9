"""The normal law in the plane."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from checks.draws import normals


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws ``[n, 2]`` of the normal law with mean (mu0, mu1) and Cholesky factor ((L00, 0), (L10, L11))."""
    mu0, mu1, l00, l10, l11 = parameters
    location = torch.tensor([mu0, mu1], dtype=torch.float64)
    factor = torch.tensor([[l00, 0.0], [l10, l11]], dtype=torch.float64)
    return location + normals(shape, generator) @ factor.T
