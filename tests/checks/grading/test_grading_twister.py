"""Where NumPy's generator is read to stand is where it says that it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.grading import twister
from checks.grading.twister import numpy_stands


@pytest.fixture(autouse=True)
def state() -> Iterator[None]:
    before = np.random.get_state()
    yield
    np.random.set_state(before)


def said() -> tuple[int, int]:
    state: Any = np.random.get_state(legacy=False)
    return int(state["state"]["key"][0]), int(state["state"]["pos"])


@given(st.integers(0, 2**32 - 1), st.integers(0, 2000))
def test_it_stands_where_it_says(seed: int, draws: int) -> None:
    np.random.seed(seed)
    assert numpy_stands() == said() == (seed, twister.WORDS)
    np.random.random(draws)
    assert numpy_stands() == said()
    assert (numpy_stands()[1] == twister.WORDS) == (draws % (twister.WORDS // 2) == 0)


def test_it_is_asked_where_it_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twister, "_read", lambda _: (0, 0))
    assert not twister._is_readable()
    monkeypatch.setattr(twister, "_READABLE", False)
    np.random.seed(3)
    np.random.random()
    assert numpy_stands() == said() != (0, 0)


def test_other_generators_are_not_read_as_if_they_were_this_one() -> None:
    before = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64(1))
        with pytest.raises(KeyError):  # it has no words: whoever put it there fails, and reads no memory
            numpy_stands()
    finally:
        np.random.set_bit_generator(before)
