"""Which floating-point precision a piece of Torch code computes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

NARROW = (torch.float32, torch.float16, torch.bfloat16)


class Widths(TorchDispatchMode):
    """Within it, ``narrow`` becomes True at the first operation that returns less than float64."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch
        self.narrow = False

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Torch would import its compiler (2 s, and SymPy) to keep it out of this mode.
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        self.narrow = self.narrow or (isinstance(out, Tensor) and out.dtype in NARROW)
        return out
