"""Where NumPy's global generator stands, read in its place: its whole state is copied number by number.

That takes longer than many a call of a submission, before and after each of which it is looked at.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

WORDS = 624
_State = ctypes.c_uint32 * (WORDS + 1)  # of a Mersenne twister: its words, and which one is the next


def numpy_stands() -> tuple[int, int]:
    """The first word of its state, and the index of the next one."""
    generator: Any = np.random.mtrand._rand._bit_generator
    return _read(generator) if _READABLE and type(generator) is np.random.MT19937 else _copied(generator)


def _read(generator: Any) -> tuple[int, int]:
    state = _State.from_address(generator.ctypes.state_address)
    return state[0], state[WORDS]


def _copied(generator: Any) -> tuple[int, int]:
    state = generator.state["state"]
    index = int(state["pos"])
    return int(state["key"][0]), index


def _is_readable() -> bool:
    """Whether a state lies in memory as it did when this was written: no promise of NumPy's."""
    generator = np.random.MT19937(7)
    for draws in (0, 1, 5, WORDS):
        generator.random_raw(draws)
        if _read(generator) != _copied(generator):
            return False
    return True


_READABLE = _is_readable()
