"""A child process that answers, fails, dies or hangs, and is gone afterwards in every case."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import sympy as sp

from derive.errors import NoClosedForm, Undecided
from derive.worker import with_time_limit

mu = sp.Symbol("mu", real=True)


def _refuse() -> None:
    raise NoClosedForm("no rule", "try another")


def _die() -> None:
    os._exit(3)


def test_the_answer_comes_back() -> None:
    assert with_time_limit(sp.expand, ((mu + 1) ** 2,), 20) == mu**2 + 2 * mu + 1


def test_functions_need_not_be_picklable_and_answers_may_be_large() -> None:
    assert len(with_time_limit(lambda n: bytes(n), (300_000,), 20)) == 300_000


def test_an_exception_comes_back_with_its_help() -> None:
    with pytest.raises(NoClosedForm, match="no rule") as caught:
        with_time_limit(_refuse, (), 20)
    assert caught.value.help == "try another"


def _hang(mark: Path) -> None:
    mark.write_text(str(os.getpid()))
    time.sleep(60)


def test_a_child_that_hangs_is_killed_in_time(tmp_path: Path) -> None:
    mark = tmp_path / "child"
    start = time.monotonic()
    with pytest.raises(Undecided, match=r"_hang did not finish within 2 s"):
        with_time_limit(_hang, (mark,), 2)
    # Generous beside 2 s, for a loaded machine, and far from the 60 s of the sleep.
    assert time.monotonic() - start < 30
    # This very child: other tests of the same process may rightly have children of their own.
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_child_that_dies_is_undecided() -> None:
    with pytest.raises(Undecided, match="ended without an answer"):
        with_time_limit(_die, (), 20)
