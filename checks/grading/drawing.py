"""Random draws inside a sealed child: their values come from the grader, whatever generator was seeded.

Each request names a law and a shape; the grader draws, or puts chosen values in. Operations that are not
known here draw by themselves, and the grader is told their name.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from checks.evidence.laws import Served, Unreplayable, bind, is_random, serve
from checks.grading.wire import packed
from checks.user.widths import NARROW


class Law(IntEnum):
    """What is drawn; the parameters that follow are in brackets."""

    NORMAL = 1  # (shape)
    UNIFORM = 2  # (shape)
    EXPONENTIAL = 3  # (shape)
    BERNOULLI = 4  # (probabilities)
    WHOLE = 5  # (how many values; shape)
    MULTINOMIAL = 6  # (how many, with replacement or not; weights)
    GAMMA = 7  # (shape parameters)
    DIRICHLET = 8  # (concentrations)
    POISSON = 9  # (rates)
    BINOMIAL = 10  # (counts; probabilities)
    PERMUTATION = 11  # (how many)
    OTHER = 12  # (name)


CONTINUOUS = {"normal": Law.NORMAL, "uniform": Law.UNIFORM, "exponential": Law.EXPONENTIAL}
# Operations whose noise is not one of the standard ones: their parameters in the order of the request.
_WHOLE_LAWS = {
    "_standard_gamma": (Law.GAMMA, ("self",)),
    "_sample_dirichlet": (Law.DIRICHLET, ("self",)),
    "poisson": (Law.POISSON, ("self",)),
    "binomial": (Law.BINOMIAL, ("count", "prob")),
}
# Derivatives of samples by the parameters of their law that are good to four digits or so.
_ROUGH = ("_standard_gamma_grad", "_dirichlet_grad")
# The largest float32 below one: a uniform draw never is one.
_BELOW_ONE = 1.0 - 2.0**-24
_PLAIN, _RANDOM, _APPROXIMATE = range(3)
Draw = Callable[[bytes, tuple[int, ...]], Tensor]


class Drawing(TorchDispatchMode):
    """Within it every draw is served by ``draw(request, shape) -> values``.

    ``narrow`` says whether any operation returned less than float64, ``rough`` whether any was one of
    Torch's approximate derivatives of samples.
    """

    def __init__(self, draw: Draw) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch
        self._draw = draw
        self.narrow = self.rough = self.entered = False

    def __enter__(self) -> Any:
        self.entered = True
        return super().__enter__()  # type: ignore[no-untyped-call]  # untyped in torch

    def __exit__(self, *error: object) -> None:
        self.entered = False
        super().__exit__(*error)  # type: ignore[no-untyped-call]  # untyped in torch

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Torch would import its compiler to keep it out of this mode.
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        # Every operation of a submission comes through here: what is looked up is looked up once.
        kind = _KINDS.get(id(func))
        if kind is None:
            kind = _kind(func)
        if kind == _RANDOM:
            return self._drawn(func, args, kwargs or {})
        out = func(*args, **kwargs) if kwargs else func(*args)
        if not self.narrow and isinstance(out, Tensor) and out.dtype in NARROW:
            self.narrow = True
        if kind == _APPROXIMATE:
            self.rough = True
        return out

    def _drawn(self, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        name = func.overloadpacket.__name__
        given = bind(func, args, kwargs)
        if name in _WHOLE_LAWS:
            law, parameters = _WHOLE_LAWS[name]
            return self._copied(func, args, kwargs, _arrays(law, *(given[p] for p in parameters)))
        if name == "multinomial":
            head = struct.pack("<BIB", Law.MULTINOMIAL, given["num_samples"], given["replacement"])
            return self._copied(func, args, kwargs, head + packed(_plain(given["self"])))
        if name == "randperm":
            return self._copied(func, args, kwargs, struct.pack("<BI", Law.PERMUTATION, given["n"]))
        try:
            served = serve(func, args, kwargs)  # before the call: in-place operations overwrite an argument
        except Unreplayable:
            self._draw(struct.pack("<B", Law.OTHER) + name.encode()[:100], ())
            return func(*args, **kwargs)
        return self._served(func(*args, **kwargs), served)

    def _copied(self, func: Any, args: Any, kwargs: Any, request: bytes) -> Any:
        out = func(*args, **kwargs)
        return out.copy_(self._draw(request, tuple(out.shape)))

    def _served(self, out: Tensor, served: Served) -> Tensor:
        shape = tuple(out.shape)
        self.narrow = self.narrow or out.dtype in NARROW
        if served.base != "finite":
            base = self._draw(_shaped(CONTINUOUS[served.base], shape), shape)
            if served.base == "uniform" and out.dtype in NARROW:
                base = base.clamp(max=_BELOW_ONE)
        elif served.atoms == 2 and served.weight is not None:
            p = served.weight(torch.ones(shape, dtype=torch.float64))
            base = self._draw(_arrays(Law.BERNOULLI, p.expand(shape)), shape)
        else:
            base = self._draw(_shaped(Law.WHOLE, shape, served.atoms), shape)
        return out.copy_(served.value(base))


# By identity, since the hash of an operation is computed in Python; operations of Torch are never freed, and
# each is kept here with what it is.
_KINDS: dict[int, int] = {}
_KEPT: list[Any] = []


def _kind(func: Any) -> int:
    """What an operation is, the first time that it is seen."""
    kind = _RANDOM if is_random(func) else _PLAIN
    if func.overloadpacket.__name__ in _ROUGH:
        kind = _APPROXIMATE
    _KEPT.append(func)
    _KINDS[id(func)] = kind
    return kind


def _shaped(law: Law, shape: tuple[int, ...], *numbers: int) -> bytes:
    return struct.pack(f"<B{len(numbers)}QB{len(shape)}I", law, *numbers, len(shape), *shape)


def _arrays(law: Law, *parameters: Tensor) -> bytes:
    return struct.pack("<B", law) + b"".join(packed(_plain(p)) for p in parameters)


def _plain(x: Tensor) -> Any:
    return x.detach().to(torch.float64).numpy()
