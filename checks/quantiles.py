"""Noise made of other noise by exact transformations: quantiles, and the usual ones of two numbers.

A number that was sent is held by its two tails, ``-log`` of the probabilities above and below it: both are
exact in both tails, and what is made of ``1 - u`` in place of ``u`` is the same with the two exchanged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Tails:
    """``above = -log P(U > u)`` and ``below = -log P(U < u)`` of what was sent, in any shape."""

    above: Tensor
    below: Tensor

    @property
    def uniform(self) -> Tensor:
        """The value as a uniform number."""
        return torch.where(self.below > self.above, torch.exp(-self.below), -torch.expm1(-self.above))

    @property
    def mirrored(self) -> Tails:
        """Of ``1 - u``."""
        return Tails(self.below, self.above)

    def reshape(self, *shape: int) -> Tails:
        return Tails(self.above.reshape(shape), self.below.reshape(shape))

    def __getitem__(self, index: int) -> Tails:
        return Tails(self.above[index], self.below[index])


def tails(base: str, values: Tensor) -> Tails | None:
    """Those of values that were drawn from the standard law of that name; None for laws not continuous."""
    if base == "uniform":
        return Tails(-torch.log1p(-values), -torch.log(values))
    if base == "exponential":
        return Tails(values, -torch.log(-torch.expm1(-values)))
    if base == "normal":
        return Tails(-torch.special.log_ndtr(-values), -torch.special.log_ndtr(values))
    return None


def sent_as(base: str, t: Tails) -> Tensor:
    """The values that have these tails, as draws from the standard law of that name."""
    if base == "exponential":
        return t.above
    return t.uniform if base == "uniform" else _normal(t)


def _normal(t: Tails) -> Tensor:
    low = torch.special.ndtri(torch.exp(-torch.maximum(t.above, t.below)))
    return torch.where(t.below > t.above, low, -low)


def _laplace(t: Tails) -> Tensor:
    return torch.where(t.below > t.above, math.log(2.0) - t.below, t.above - math.log(2.0))


def _cauchy(t: Tails) -> Tensor:
    size = 1.0 / torch.tan(math.pi * torch.exp(-torch.maximum(t.above, t.below)))
    return torch.where(t.below > t.above, -size, size)


# The standard noise of each name, of one number.
_OF_ONE: dict[str, Callable[[Tails], Tensor]] = {
    "uniform": lambda t: t.uniform,
    "normal": _normal,
    "half_normal": lambda t: _normal(t).abs(),
    "exponential": lambda t: t.above,
    "logistic": lambda t: t.above - t.below,
    "gumbel": lambda t: -torch.log(t.below),
    "laplace": _laplace,
    "cauchy": _cauchy,
}
# Of two numbers: the difference of two Gumbel variables, of two exponential ones, and polar coordinates.
_OF_TWO: dict[str, tuple[Callable[[Tails, Tails], Tensor], ...]] = {
    "logistic": (lambda s, t: torch.log(t.above) - torch.log(s.above),),
    "laplace": (lambda s, t: s.above - t.above,),
    "normal": (
        lambda s, t: torch.sqrt(2.0 * s.above) * torch.cos(2.0 * math.pi * t.uniform),
        lambda s, t: torch.sqrt(2.0 * s.above) * torch.sin(2.0 * math.pi * t.uniform),
    ),
}


def noises(family: str, base: str, values: Tensor, n: int) -> Iterator[Tensor]:
    """Whatever noise ``[n]`` of that family ``values`` could have been made into, the usual ways first."""
    t = tails(base, values)
    if t is None:
        return
    one, two = _OF_ONE.get(family), _OF_TWO.get(family, ())
    if len(values) == n and one is not None:
        yield one(t)
        yield one(t.mirrored)
    if len(values) == 2 * n and two:
        halves, pairs = t.reshape(2, n), t.reshape(n, 2)
        turned = Tails(pairs.above.T, pairs.below.T)
        for both in (halves, turned):
            for first, second in ((both[0], both[1]), (both[1], both[0])):
                for function in two:
                    yield function(first, second)
                    yield function(first.mirrored, second)
                    yield function(first, second.mirrored)
                    yield function(first.mirrored, second.mirrored)
