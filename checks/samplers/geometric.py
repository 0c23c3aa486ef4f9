"""The geometric law from 0, as a choice among the values that are not negligible."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Generator, Tensor

from checks.draws import choices, masses_of


def sample(parameters: Sequence[float], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draws of Geometric(p): failures before the first success."""
    (p,) = parameters
    return choices(masses_of(lambda k: k * math.log1p(-p)), shape, generator)
