"""The life of a grader and its processes: nothing survives it, and nothing is judged without it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checks.grading.grader import Grader
from checks.grading.sealed import NoSandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp and Landlock are Linux's")


def test_a_zygote_that_is_killed_ends_in_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was graded is kept by whoever asked; nothing is run without it."""
    grader = Grader()
    with grader:
        process = grader._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(NoSandbox, match="zygote is gone"):
            grader.child()


def test_a_zygote_that_is_killed_with_a_child_ends_in_no_sandbox() -> None:
    with Grader() as grader:
        child = grader.child()
        process = grader._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(NoSandbox, match="zygote is gone"):
            child.close()
        _end_soon(Path(f"/proc/{child._pid}"))  # a child dies with its zygote


def test_nothing_is_left_of_a_grader_that_is_killed() -> None:
    """No zygote and no child survives the process that started them, however it ends."""
    code = (
        "import os, signal\n"
        "from checks.grading.grader import Grader\n"
        "grader = Grader().__enter__()\n"
        "child = grader.child()\n"
        "print(grader._process.pid, child._pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    started = [Path(f"/proc/{pid}") for pid in done.stdout.split()]
    assert len(started) == 2
    _end_soon(*started)


def _end_soon(*folders: Path) -> None:
    """Processes that were killed end when they are next scheduled, which on a busy machine is not at once."""
    deadline = time.monotonic() + 20.0
    while any(_runs(p) for p in folders) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(p) for p in folders)


def _runs(folder: Path) -> bool:
    """Whether there is such a process, and it is not one that has ended and waits to be reaped."""
    try:
        return (folder / "stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def test_it_can_be_imported_where_there_is_neither_seccomp_nor_limits() -> None:
    code = (
        "import sys, ctypes, socket, subprocess, tempfile, signal, numpy\n"
        "sys.platform = 'win32'; sys.modules['resource'] = None; sys.modules['pyseccomp'] = None\n"
        "from checks.grading.grader import Grader, available\n"
        "from checks.grading.sealed import NoSandbox\n"
        "try:\n    Grader().__enter__()\n"
        "except NoSandbox as error:\n    print(error.message, error.help, available()[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "win32 has neither" in done.stdout
    assert "WSL2" in done.stdout
