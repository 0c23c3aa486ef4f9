"""Random draws intercepted: recorded in one run of an estimator, replaced by chosen values in another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from checks.evidence.laws import Base, Served, Unreplayable, is_random, serve

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draw:
    """One random call: its operation, base law, shape, and how many values it can take (0: a continuum).

    ``shape`` is that of the base noise: a draw from a simplex has one column more.
    """

    operation: str
    base: Base
    shape: tuple[int, ...]
    atoms: int


@dataclass(frozen=True, slots=True)
class Replay:
    """``output`` of the run, and per draw the probability of each value that was put in (finite laws)."""

    output: Any
    weights: tuple[Tensor | None, ...]


@dataclass
class _Interceptor(TorchDispatchMode):  # type: ignore[no-untyped-call]  # untyped in torch
    """Serves every random operation; ``base(index, draw)`` gives its noise, or None to let it draw."""

    base: Callable[[int, Draw], Tensor | None]
    draws: list[Draw] = field(default_factory=list)
    weights: list[Tensor | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Torch would import its compiler (2 s, and SymPy) to keep it out of this mode.
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if not is_random(func):
            return func(*args, **kwargs)
        served = serve(func, args, kwargs)  # before the call: in-place operations overwrite an argument
        out = func(*args, **kwargs)
        self._replace(str(func), served, out)
        return out

    def _replace(self, operation: str, served: Served, out: Tensor) -> None:
        shape = (*out.shape[:-1], out.shape[-1] - served.lost) if served.lost else tuple(out.shape)
        draw = Draw(operation, served.base, shape, served.atoms)
        base = self.base(len(self.draws), draw)
        self.draws.append(draw)
        if base is None:
            self.weights.append(None)
            return
        out.copy_(served.value(base))
        self.weights.append(served.weight(base) if served.weight else None)


def at_random(draw: Draw) -> Tensor:
    """Base noise for a continuous draw, from its standard law."""
    made = torch.empty(draw.shape, dtype=torch.float64)
    if draw.base == "normal":
        return made.normal_()
    return made.uniform_() if draw.base == "uniform" else made.exponential_()


def record(
    run: Callable[[], T], base: Callable[[int, Draw], Tensor | None] = lambda _index, _draw: None
) -> tuple[tuple[Draw, ...], T]:
    """The draws that one run makes, in order, and its output.

    ``base(index, draw)`` may give a draw its base noise in the draw's shape; None lets it be random. Raises
    ``Unreplayable`` for operations that cannot be replayed.
    """
    mode = _Interceptor(base)
    with mode:
        output = run()
    return tuple(mode.draws), output


def replay(run: Callable[[], T], values: Sequence[Tensor], expected: Sequence[Draw] | None = None) -> Replay:
    """One run with the base noise ``values``, one tensor per draw in the draw's shape.

    Raises ``Unreplayable`` where the run does not make the ``expected`` draws: their number or kind then
    depends on their values, as in a rejection sampler.
    """

    def base(index: int, draw: Draw) -> Tensor:
        if index >= len(values) or values[index].shape != draw.shape:
            raise Unreplayable("the number or the shapes of its draws depend on their values")
        if expected is not None and (expected[index].base, expected[index].atoms) != (draw.base, draw.atoms):
            raise Unreplayable("the laws of its draws depend on their values")
        return values[index]

    mode = _Interceptor(base)
    with mode:
        output = run()
    if len(mode.draws) != len(values):
        raise Unreplayable("the number of its draws depends on their values")
    return Replay(output, tuple(mode.weights))


def unseeded() -> torch.Generator:
    """A generator for runs whose draws are replaced: its state does not matter."""
    return torch.Generator().manual_seed(0)
