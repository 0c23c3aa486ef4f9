"""Global state that a user's code may change: put back, and named."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True, slots=True)
class State:
    """A copy of the global state that numerical code shares."""

    torch_state: torch.Tensor
    torch_seed: int
    numpy_state: Any
    python_state: Any
    dtype: torch.dtype
    grad: bool
    threads: int
    deterministic: bool
    error_handling: Any

    @classmethod
    def now(cls) -> State:
        """What it is at present."""
        return cls(
            torch_state=torch.get_rng_state(),
            torch_seed=torch.initial_seed(),
            numpy_state=np.random.get_state(),
            python_state=random.getstate(),
            dtype=torch.get_default_dtype(),
            grad=torch.is_grad_enabled(),
            threads=torch.get_num_threads(),
            deterministic=torch.are_deterministic_algorithms_enabled(),
            error_handling=np.geterr(),
        )

    def restore(self) -> None:
        """Make the present state this one."""
        torch.set_rng_state(self.torch_state)
        np.random.set_state(self.numpy_state)
        random.setstate(self.python_state)
        torch.set_default_dtype(self.dtype)
        torch.set_grad_enabled(self.grad)
        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        if torch.are_deterministic_algorithms_enabled() != self.deterministic:
            torch.use_deterministic_algorithms(self.deterministic)  # imports Torch's compiler, in 1 s
        np.seterr(**self.error_handling)

    def changes(self) -> tuple[str, ...]:
        """What code has done since, to everything but generators that were only drawn from."""
        now = State.now()
        found = []
        if now.torch_seed != self.torch_seed:
            found.append("seeds torch's generator")
        if now.dtype != self.dtype:
            found.append(f"sets torch's default dtype to {str(now.dtype).removeprefix('torch.')}")
        if now.threads != self.threads:
            found.append(f"sets torch's threads to {now.threads}")
        if now.deterministic != self.deterministic:
            found.append("changes torch's deterministic algorithms")
        if now.error_handling != self.error_handling:
            found.append("changes numpy's error handling")
        return tuple(found)

    def foreign_draws(self) -> tuple[str, ...]:
        """Generators other than torch's that were drawn from, or seeded, since."""
        found = []
        if not _same_numpy(self.numpy_state, np.random.get_state()):
            found.append("numpy.random")
        if random.getstate() != self.python_state:
            found.append("Python's random")
        return tuple(found)


def _same_numpy(one: Any, other: Any) -> bool:
    return one[2:] == other[2:] and one[0] == other[0] and np.array_equal(one[1], other[1])


@contextmanager
def contained() -> Iterator[State]:
    """Whatever the body does to the global state is undone at its end."""
    before = State.now()
    try:
        yield before
    finally:
        before.restore()


def seeded(seed: int) -> None:
    """Start all global generators from ``seed``: torch's, numpy's and Python's."""
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
