"""The grader's hold on untrusted processes: one zygote, and a sealed child for every submission.

Verdicts are made in this process, from numbers. It fails closed: where a child cannot prove that it is
sealed, there is no grader.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from checks.grading import zygote
from checks.grading.errors import Unavailable
from checks.grading.sandbox import REQUIRED, Layer, Limits, supported
from checks.grading.wire import Channel, Closed, Kind, Reader, Spent, TooLong, Violation

_HOW = "grade in a Linux container (Docker, Podman) or in WSL2; `self-check` runs your own file without walls"
# Seconds in which Torch is imported on the slowest disk, and in which a child is sealed on a loaded machine.
START, SEAL = 180.0, 60.0
# A child that uses no processor for so long sleeps.
ASLEEP = 5.0
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class NoSandbox(Unavailable):
    """This machine cannot seal a submission in, so nothing was run and no marks are given."""


@dataclass(frozen=True, slots=True)
class End:
    """How a child ended: by ``signal``, 0 where it exited; and what it used."""

    signal: int
    cpu_seconds: float
    memory: int


class Grader:
    """Starts the zygote when entered; ``child()`` gives a sealed process for one submission.

    One submission at a time: for more, one grader in each of several processes. Raises ``NoSandbox`` where
    a trial child cannot be sealed; ``layers`` says what stands around every child.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.layers = Layer(0)
        self._stack = contextlib.ExitStack()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Grader:
        why_not = supported()
        if why_not:
            raise NoSandbox(why_not, _HOW)
        try:
            self._start()
            with self.child() as trial:
                self.layers = trial.layers
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote, and with it whatever child there is."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5.0)
            self._process.kill()
            self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()
            self._process = None
        self._stack.close()

    def _start(self) -> None:
        root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="gradproof-")))
        empty = root / "empty"
        empty.mkdir(mode=0o555)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")}
        with theirs, tempfile.TemporaryFile(dir=root) as errors:
            self._process = subprocess.Popen(
                zygote.command(empty),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={**kept, **zygote.THREADS},
                cwd="/",
                start_new_session=True,  # an interrupt at the terminal is for the grader
            )
            theirs.close()
            if self._reply(START) != zygote.READY:
                self._process.wait()
                errors.seek(0)
                said = errors.read().decode("utf-8", "replace").strip().splitlines()
                raise NoSandbox(said[-1] if said else "the zygote did not start", _HOW)

    def _reply(self, seconds: float) -> bytes:
        assert self._control is not None
        watch = select.poll()
        watch.register(self._control, select.POLLIN)
        if not watch.poll(1000 * seconds):
            raise NoSandbox(f"the zygote did not answer within {seconds:g} s", "is the machine overloaded?")
        with contextlib.suppress(ConnectionError):
            return self._control.recv(64)
        return b""

    def child(self) -> Child:
        """A new sealed process; raises ``NoSandbox`` if the zygote is gone or a wall is missing."""
        if self._control is None:
            raise NoSandbox("the grader is closed", "enter it with `with Grader() as grader:`")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            nonce = secrets.randbits(64)
            request = zygote.SPAWN.pack(nonce, self.limits.memory, self.limits.cpu)
            try:
                socket.send_fds(self._control, [request], [theirs.fileno()])
                said = self._reply(SEAL)
            except OSError:
                said = b""
        if len(said) != 4:
            ours.close()
            raise NoSandbox("the zygote is gone", "was it killed? start again: what is graded is kept")
        return Child(self, ours, struct.unpack("<i", said)[0], nonce)

    def kill(self) -> None:
        """End the child that runs."""
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.send(zygote.KILL)

    def ended(self) -> End:
        """Wait for the end of the child, and say how it was."""
        said = self._reply(SEAL)
        if len(said) != zygote.ENDED.size:
            raise NoSandbox("the zygote is gone", "was it killed? start again: what is graded is kept")
        status, user, system, memory = zygote.ENDED.unpack(said)
        by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return End(by, user + system, memory)


class Child:
    """A sealed process that waits for a submission; a context manager, at whose end it is gone.

    ``exchange`` sends a frame and returns the answer. ``end`` says afterwards how it ended.
    """

    def __init__(self, grader: Grader, ours: socket.socket, pid: int, nonce: int) -> None:
        self._grader, self._socket, self._pid = grader, ours, pid
        self.channel = Channel(ours.fileno(), self._patience)
        self.end: End | None = None
        self._nonce = nonce
        self._budget, self._since, self._exchanges = SEAL, 0.0, 0
        self._total, self._begun = math.inf, 0.0
        self._last, self._moved = 0.0, time.monotonic()
        try:
            kind, body = self._received(4096)
            if kind != Kind.HELLO:
                raise NoSandbox(f"a process cannot be sealed here: {Reader(body).text()}", _HOW)
            self.layers = Layer(Reader(body).numbers("I")[0])
            if self.layers & REQUIRED != REQUIRED:
                raise NoSandbox(f"only these walls stand: {self.layers!r}", _HOW)
        except (Closed, TooLong, Violation) as error:
            self.close()
            raise NoSandbox(
                f"a sealed process did not come up ({type(error).__name__}: {error})", _HOW
            ) from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.end is None:
            self._socket.close()
            self._grader.kill()
            self.end = self._grader.ended()

    def allow(self, seconds: float, total: float = math.inf) -> None:
        """From now on, so many seconds of the child's own processor time for a call, and for all of them."""
        self._budget, self._since = seconds, self.cpu_seconds()
        self._total, self._begun = total, self._since
        self._moved = time.monotonic()

    def cpu_seconds(self) -> float:
        """What the child has used."""
        if self.end is not None:
            return self.end.cpu_seconds
        try:
            fields = Path(f"/proc/{self._pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return self._last
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def exchange(self, kind: Kind, *parts: bytes, most: int = 1 << 24) -> tuple[Kind, memoryview]:
        """Send one frame and receive the one that answers it; raises ``Spent`` before a call."""
        self._exchanges += 1
        if kind == Kind.CALL:
            self._since = self.cpu_seconds()
            if self._since - self._begun > self._total:
                raise Spent(f"its calls took {self._total:g} s of processor time")
        if not self._exchanges % 512:
            self._look()
        self._nonce = secrets.randbits(64)
        self.channel.send(kind, self._nonce, *parts)
        return self._received(most)

    def _received(self, most: int) -> tuple[Kind, memoryview]:
        kind, nonce, body = self.channel.receive(most)
        if nonce != self._nonce:
            raise Violation("a frame that nobody asked for")
        return kind, body

    def _patience(self, waited: float) -> None:
        used = self._look()
        if used > self._last + 0.01 or waited < 0.5:
            self._last, self._moved = used, time.monotonic()
        elif time.monotonic() - self._moved > ASLEEP:
            raise TooLong(f"it waited for {ASLEEP:g} s without computing")

    def _look(self) -> float:
        used = self.cpu_seconds()
        if used - self._since > self._budget:
            raise TooLong(f"it did not end within {self._budget:g} s of processor time")
        return used


def died(end: End) -> str:
    """How a process ended, in words."""
    if not end.signal:
        return "its process ended itself"
    if end.signal == signal.SIGXCPU:
        return "it used up its processor time"
    return f"its process was ended by {signal.Signals(end.signal).name}"


def available() -> tuple[Layer, str]:
    """The layers that stand around a process sealed here, without Torch; or none, and why."""
    why_not = supported()
    if why_not:
        return Layer(0), why_not
    home = str(Path(__file__).resolve().parents[2])
    code = (
        f"import sys, tempfile; sys.path.insert(0, {home!r})\n"
        "from checks.grading.sandbox import Limits, filter_program, seal\n"
        "import os; out = os.dup2(1, 3)\n"
        "text = str(int(seal(filter_program(), sys.argv[1], Limits())))\n"
        "os.write(3, text.encode())\n"
    )
    with tempfile.TemporaryDirectory(prefix="gradproof-") as root:
        done = subprocess.run(
            [sys.executable, "-I", "-c", code, root],
            capture_output=True,
            text=True,
            timeout=SEAL,
            check=False,
        )
    if done.stdout.isdigit():
        return Layer(int(done.stdout)), ""
    said = done.stderr.strip().splitlines()
    return Layer(0), said[-1] if said else "the trial process said nothing"
