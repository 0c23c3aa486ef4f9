"""The integrand as an oracle: it answers ``f(a)``, and remembers where it was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from derive.errors import DeriveError

Answering = Callable[[Tensor, Mapping[str, Tensor]], Tensor]
# What is kept of the points: enough for their moments, and never a whole sampling run.
MOST_POINTS = 1 << 16


class BadQuestion(DeriveError):
    """The integrand was called with something that is not a tensor of samples."""


class Oracle:
    """``f(a)``, elementwise over samples; ``answer(a, theta)`` is the integrand with its parameters.

    ``dimension`` is the number of columns of a sample: 1 means that samples are the elements of ``a``, of
    any shape; otherwise the last dimension of ``a`` holds the columns, and the result lacks it. ``asked``
    holds the points of every call, detached, ``count`` how many samples they were. ``data``
    holds the columns of the fixed batch that the integrand depends on, if it does, ``[rows]`` in float64.
    ``determined`` further columns, that the others determine, may be given as well: a point of a simplex.
    """

    def __init__(
        self,
        answer: Answering,
        theta: Mapping[str, Tensor],
        dimension: int = 1,
        data: Mapping[str, Tensor] | None = None,
        determined: int = 0,
    ) -> None:
        self.data = dict(data or {})
        self._answer = answer
        self._theta = theta
        self._dimension = dimension
        self._whole = dimension + determined
        self.asked: list[Tensor] = []
        self.count = 0

    def __call__(self, a: Tensor) -> Tensor:
        """The values of the integrand at ``a``; raises ``BadQuestion``."""
        if not isinstance(a, Tensor):
            raise BadQuestion(
                f"f was called with {type(a).__name__}, not a tensor of samples",
                "pass a tensor, as in f(torch.as_tensor(a))",
            )
        if self._whole > self._dimension and a.dim() and a.shape[-1] == self._whole:
            a = a[..., : self._dimension]
        if self._dimension > 1 and (not a.dim() or a.shape[-1] != self._dimension):
            raise BadQuestion(
                f"f was called with shape {list(a.shape)}; a sample has {self._dimension} columns, "
                f"so it takes [n, {self._whole}]",
                "the columns of a sample belong in the last dimension",
            )
        return self.answered(a, self._theta)

    def answered(self, a: Tensor, theta: Mapping[str, Tensor]) -> Tensor:
        """The values at ``a`` with these parameters; remembered like every question."""
        self.remember(a)
        return self._answer(a, theta)

    def remember(self, a: Tensor) -> None:
        """Keep the points of one question."""
        plain = _unwrapped(a.detach())
        if self.count < MOST_POINTS:
            self.asked.append(plain.to(torch.float64))
        self.count += plain.numel() // self._dimension

    def samples(self, size: int) -> Tensor | None:
        """Where it was asked, as one row; once, where it was asked again at the same ``size`` numbers."""
        blocks = [x.reshape(-1) for x in self.asked]
        if len(blocks) > 1 and all(len(x) == size and torch.equal(x, blocks[0]) for x in blocks):
            return blocks[0]
        return torch.cat(blocks) if blocks else None


def _unwrapped(a: Tensor) -> Tensor:
    """The values beneath the wrappers of ``torch.func`` transformations."""
    functorch = torch._C._functorch
    while functorch.is_functorch_wrapped_tensor(a):
        a = functorch.get_unwrapped(a)
    return a
