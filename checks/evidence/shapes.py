"""Whether code stands on Torch's own implicit gradients of gamma and Dirichlet draws: approximations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

# What autograd calls for the shapes of Gamma, Chi2, Beta, Dirichlet and StudentT.
_OPERATIONS = ("_standard_gamma_grad", "_dirichlet_grad")


class _Watcher(TorchDispatchMode):  # type: ignore[no-untyped-call]  # untyped in torch
    """Notes whether one of the operations ran."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch
        self.seen = False

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Torch would import its compiler (2 s, and SymPy) to keep it out of this mode.
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        self.seen = self.seen or func.overloadpacket.__name__ in _OPERATIONS
        return func(*args, **(kwargs or {}))


def differentiates_shapes(run: Callable[[], object]) -> bool:
    """Whether one ordinary run takes an implicit gradient of Torch's."""
    watcher = _Watcher()
    with watcher:
        run()
    return watcher.seen
