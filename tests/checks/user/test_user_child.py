"""A user's code in a process of its own: ended where nothing else ends it, and its death told."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import cli
from checks.user.child import Hung, isolated
from checks.user.errors import BadResult, Raised
from checks.user.watchdog import limited

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process of its own is a forked one")


def hangs_in_a_library() -> None:
    with limited(0.2):
        # A signal's handler runs between two instructions of Python, and none follows.
        sum(range(10**11))


def test_a_library_call_that_does_not_return_is_ended() -> None:
    start = time.monotonic()
    with pytest.raises(Hung) as caught:
        isolated(hangs_in_a_library)
    assert time.monotonic() - start < 20.0  # it would take minutes; a loaded machine may take a few
    assert caught.value.place.startswith("hangs_in_a_library, line ")


def test_results_and_exceptions_come_back() -> None:
    assert isolated(lambda: {"a": (1, 2.0)}) == {"a": (1, 2.0)}

    def refuses() -> None:
        raise BadResult("no gradient", "return one")

    with pytest.raises(BadResult, match="no gradient") as caught:
        isolated(refuses)
    assert caught.value.help == "return one"


ENDS: dict[str, tuple[Any, str]] = {
    "crash": (lambda: ctypes.string_at(0), "it ended its process with SIGSEGV"),
    "exit": (lambda: os._exit(7), "it ended its process, with code 7"),
    "sys.exit": (lambda: sys.exit(3), r"it left the program, with sys\.exit\(3\)"),
}


@pytest.mark.parametrize(("work", "said"), ENDS.values(), ids=ENDS)
def test_an_end_of_the_process_is_told(work: Any, said: str) -> None:
    with pytest.raises(Raised, match=said):
        isolated(work)


def test_nothing_changes_in_this_process() -> None:
    seen: list[int] = []
    isolated(lambda: seen.append(1))
    assert seen == []


MINE = """
import ctypes, torch
def hangs(f, theta, n):
    sum(range(10**11))
def crashes(f, theta, n):
    ctypes.string_at(0)
"""


def test_the_command_line_holds_to_its_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    mine = tmp_path / "mine.py"
    mine.write_text(MINE)
    assert cli.run(["verify", f"{mine}::hangs", "--workers", "0", "--budget", "0.2s"]) == 3
    said = capsys.readouterr().out
    assert "did not return within 0.2 s: it was at hangs, line 4, in a call that Python cannot stop" in said
    assert cli.run(["verify", f"{mine}::crashes", "--workers", "0"]) == 2
    assert "SIGSEGV" in capsys.readouterr().err
