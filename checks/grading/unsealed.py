"""A student's own file on the student's own machine: the same conversation and judging, without walls.

For ``self-check`` only: somebody runs code that they wrote themselves. The process is a fresh interpreter
instead of a sealed child of the zygote; what is asked of it, and who judges, is the same.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from checks.grading.errors import Unavailable
from checks.grading.grader import Grader
from checks.grading.sandbox import Layer
from checks.grading.sealed import SEAL, Child, End
from checks.grading.wire import Channel, Closed, Kind, TooLong, Violation

_HOW = "self-check needs Linux or macOS; on Windows use WSL2"


class OpenGrader(Grader):
    """Gives an ordinary process for each submission; its ``layers`` are none."""

    def __enter__(self) -> OpenGrader:
        if not hasattr(os, "fork"):
            raise Unavailable("processes here cannot be given a channel", _HOW)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def child(self) -> Child:
        """A new process; raises ``Unavailable`` where Python does not start."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        nonce = secrets.randbits(64)
        with theirs:
            # What the submission prints is for its author, and is no result: it goes to stderr.
            process = subprocess.Popen(
                _command(theirs.fileno(), nonce),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=2,
            )
        return OpenChild(process, ours, nonce)


class _Process:
    """What a child asks of its grader, answered for an ordinary process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def kill(self) -> None:
        self.process.kill()

    def ended(self) -> End:
        return End(max(0, -self.process.wait()), 0.0, 0)


class OpenChild(Child):
    """A child without walls."""

    def __init__(self, process: subprocess.Popen[bytes], ours: socket.socket, nonce: int) -> None:
        self._grader, self._socket, self._pid = _Process(process), ours, process.pid
        self.channel = Channel(ours.fileno(), self._patience)
        self.end: End | None = None
        self._nonce = nonce
        self._budget, self._since, self._exchanges = SEAL, 0.0, 0
        self._total, self._begun = math.inf, 0.0
        self._started = self._moved = time.monotonic()
        self._last = 0.0
        self.layers = Layer(0)
        try:
            kind, _ = self._received(4096)
        except (Closed, TooLong, Violation) as error:
            self.close()
            raise Unavailable(
                f"Python did not start ({type(error).__name__})", "`doctor` shows what works"
            ) from None
        assert kind == Kind.HELLO

    def cpu_seconds(self) -> float:
        """As of a sealed child; where the system does not say, the time that has passed."""
        if Path("/proc/self/stat").exists():
            return super().cpu_seconds()
        return time.monotonic() - self._started


def serve(descriptor: int, nonce: int) -> None:
    """In the process: say that it is there, and converse until the grader hangs up."""
    import torch

    torch.set_num_threads(1)
    from checks.grading.child import Session

    channel = Channel(descriptor)
    channel.send(Kind.HELLO, nonce, struct.pack("<I", 0))
    with contextlib.suppress(Closed):
        Session(channel).serve(nonce)


def _command(descriptor: int, nonce: int) -> list[str]:
    home = str(Path(__file__).resolve().parents[2])
    start = f"import sys; sys.path.insert(0, {home!r}); from checks.grading.unsealed import serve; "
    return [sys.executable, "-c", f"{start}serve({descriptor}, {nonce})"]
