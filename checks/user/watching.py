"""Shapes that meet in a wrong way, watched in one call: broadcasts of the batch, sums before their time.

Each finding names what met what, and in which line of the user's code. None of them is a verdict: pairs of
samples may be compared on purpose. They are looked for where an estimator was refuted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from checks.user.call import Subject
from checks.user.errors import UserError, is_users

# A number of samples that nothing else in a small problem has, so that a size says what it counts.
SAMPLES = 11
_PRODUCTS = ("mul", "__mul__", "__rmul__", "multiply")
_MEANS = ("mean", "nanmean")
_BATCH, _COST = "batch", "cost"


def findings(subject: Subject) -> list[str]:
    """What one call shows, each finding once, in the order of the code."""
    shapes = _Shapes(SAMPLES, subject.problem.dimension)
    watched = subject.with_cost(lambda a, theta: shapes.mark_cost(subject.problem.f(a, theta)))
    try:
        with shapes:
            watched.call(SAMPLES)
    except UserError:
        return []
    return list(shapes.found)


class _Shapes(TorchFunctionMode):
    """Follows where tensors come from: from the costs, and from something with one entry per sample."""

    def __init__(self, n: int, dimension: int) -> None:
        super().__init__()
        self.n = n
        self.dimension = dimension
        self.found: dict[str, None] = {}
        self._tags: dict[int, frozenset[str]] = {}
        self._kept: list[Tensor] = []  # an id is a tensor's only while it lives

    def mark_cost(self, cost: Tensor) -> Tensor:
        self._tag(cost, frozenset({_COST, _BATCH}))
        return cost

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        inputs = list(_tensors((args, kwargs or {})))
        name = getattr(func, "__name__", "")
        for result in _tensors(out):
            self._look(name, inputs, result)
            tags = frozenset().union(*(self._tags_of(x) for x in inputs))
            self._tag(result, tags | ({_BATCH} if self.n in result.shape else set()))
        return out

    def _look(self, name: str, inputs: list[Tensor], out: Tensor) -> None:
        for text in (
            self._broadcast(inputs, out),
            self._reduced(name, inputs),
            self._averaged(name, inputs, out),
        ):
            if text is not None:
                self.found.setdefault(f"{_place()}{text}")

    def _broadcast(self, inputs: list[Tensor], out: Tensor) -> str | None:
        wide = list(out.shape).count(self.n) > 1
        if not wide or len(inputs) < 2 or any(list(x.shape).count(self.n) > 1 for x in inputs):
            return None
        met = [str(list(x.shape)) for x in inputs if self.n in x.shape]
        if len(met) < 2:
            return None
        return (
            f"{' with '.join(met)} is broadcast to {list(out.shape)}, for {self.n} samples: "
            "every sample meets every other"
        )

    def _reduced(self, name: str, inputs: list[Tensor]) -> str | None:
        """A product of the costs with a log-density, one of which is already one number for the batch."""
        if name not in _PRODUCTS or len(inputs) != 2:
            return None
        costs = [x for x in inputs if _COST in self._tags_of(x)]
        others = [x for x in inputs if _COST not in self._tags_of(x) and x.requires_grad]
        if len(costs) != 1 or len(others) != 1 or _BATCH not in self._tags_of(others[0]):
            return None
        reduced = {
            what: self.n not in x.shape
            for what, x in (("the costs", costs[0]), ("the log-densities", others[0]))
        }
        said = [what for what, is_reduced in reduced.items() if is_reduced]
        if not said:
            return None
        return f"{' and '.join(said)} were summed or averaged over the batch before the two met"

    def _averaged(self, name: str, inputs: list[Tensor], out: Tensor) -> str | None:
        """A reduction of the log-densities ``[n, d]`` of entries, other than to their sums ``[n]``."""
        if len(inputs) != 1 or self.dimension < 2 or name not in ("mean", "sum"):
            return None
        (x,) = inputs
        if list(x.shape) != [self.n, self.dimension] or _COST in self._tags_of(x) or not x.requires_grad:
            return None
        if name == "mean" and self.dimension not in out.shape:
            return (
                f"{list(x.shape)} is averaged over its last dimension, the {self.dimension} entries of a "
                "sample: a log-density is their sum"
            )
        if name == "sum" and list(out.shape) == [self.dimension]:
            return f"{list(x.shape)} is summed over its first dimension, the samples, not over its entries"
        return None

    def _tags_of(self, x: Tensor) -> frozenset[str]:
        return self._tags.get(id(x), frozenset())

    def _tag(self, x: Tensor, tags: frozenset[str]) -> None:
        self._tags[id(x)] = self._tags_of(x) | tags
        self._kept.append(x)


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _tensors(each)
    elif isinstance(value, Mapping):
        yield from _tensors(list(value.values()))


def _place() -> str:
    """The line of the user's code that is being run."""
    frame = sys._getframe(1)
    while frame is not None and not is_users(frame.f_code.co_filename):
        if frame.f_back is None:
            return ""
        frame = frame.f_back
    return f"line {frame.f_lineno}: "
