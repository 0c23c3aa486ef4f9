"""The parameters as a user's estimator sees them: whole vectors and matrices as leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import torch
from torch import Tensor

from checks.problem import Theta

_ENTRY = re.compile(r"(\w+)\[(\d+)(?:,(\d+))?\]")


class Leaves(Theta):
    """``theta["mu"]`` and ``theta.mu`` are float64 leaves that require grad, vectors and matrices whole.

    ``theta["mu[0]"]`` is an entry with its graph. Each leaf is expanded by ``lead``: ``(n,)`` gives every
    sample its own copy. Entries of a matrix that are no parameters are zero.
    """

    def __init__(self, values: Mapping[str, Tensor], names: Iterable[str]) -> None:
        super().__init__(values)
        self.names = tuple(names)
        self.entries = {name: self._entry(name) for name in self.names}

    @classmethod
    def at(cls, point: Mapping[str, float], lead: tuple[int, ...] = ()) -> Leaves:
        """Fresh leaves at a point."""
        whole = _whole(tuple(point.items()))
        made = {name: value.expand((*lead, *value.shape)).clone() for name, value in whole.items()}
        return cls({name: leaf.requires_grad_() for name, leaf in made.items()}, point)

    def __getitem__(self, name: str) -> Tensor:
        return self._entry(name) if name not in self._values and _ENTRY.fullmatch(name) else self._at(name)

    def gradient(self, surrogate: Tensor, keep: bool = False) -> dict[str, Tensor]:
        """The gradient of a scalar by every entry, in the shape of ``lead``; ``keep`` its graph."""
        leaves = list(self._values.values())
        found = torch.autograd.grad(
            surrogate, leaves, create_graph=keep, retain_graph=keep, allow_unused=True, materialize_grads=True
        )
        return _entries(dict(zip(self._values, found)), self.names)

    def edited(self, point: Mapping[str, float]) -> list[str]:
        """The parameters whose values are not those of the point any more: edited in place."""
        start = _whole(tuple(point.items()))
        return [name for name, leaf in self._values.items() if not torch.equal(leaf.detach(), start[name])]

    def _at(self, name: str) -> Tensor:
        if name not in self._values:
            raise KeyError(f"there is no parameter '{name}'; there are: {', '.join(self._values)}")
        return self._values[name]

    def _entry(self, name: str) -> Tensor:
        base, indices = _split(name)
        return entry(self._at(base), indices)


def entry(whole: Tensor, indices: tuple[int, ...]) -> Tensor:
    """The entry of a vector or matrix in the last dimensions; raises ``IndexError``."""
    for left, index in zip(range(len(indices), 0, -1), indices):
        whole = whole.select(-left, index)
    return whole


def _split(name: str) -> tuple[str, tuple[int, ...]]:
    matched = _ENTRY.fullmatch(name)
    if matched is None:
        return name, ()
    return matched[1], tuple(int(i) for i in matched.groups()[1:] if i is not None)


def _entries(whole: Mapping[str, Tensor], names: Iterable[str]) -> dict[str, Tensor]:
    parts = {name: _split(name) for name in names}
    return {name: entry(whole[base], indices) for name, (base, indices) in parts.items()}


@lru_cache(maxsize=8)
def _whole(point: tuple[tuple[str, float], ...]) -> dict[str, Tensor]:
    sizes: dict[str, list[int]] = {}
    for name, _ in point:
        base, indices = _split(name)
        known = sizes.get(base, [0] * len(indices))
        sizes[base] = [max(pair) for pair in zip(known, (i + 1 for i in indices))]
    made = {base: torch.zeros(_square(size), dtype=torch.float64) for base, size in sizes.items()}
    for name, value in point:
        base, indices = _split(name)
        made[base][indices] = value
    return made


def _square(size: list[int]) -> list[int]:
    return [max(size)] * len(size) if size else []
