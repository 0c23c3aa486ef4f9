"""The grader's hold on untrusted processes: one zygote, and a sealed child for every submission.

Verdicts are made in this process, from numbers. It fails closed: where a child cannot prove that it is
sealed, there is no grader.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from checks.grading import zygote
from checks.grading.sandbox import Layer, Limits, supported
from checks.grading.sealed import HOW, SEAL, Child, End, NoSandbox

# Seconds in which Torch is imported on the slowest disk.
START = 180.0


class Grader:
    """Starts the zygote when entered; ``child()`` gives a sealed process for one submission.

    One submission at a time: for more, one grader in each of several processes, whose zygotes may all come
    of one ``nursery``. Raises ``NoSandbox`` where a trial child cannot be sealed; ``layers`` says what stands
    around every child.
    """

    def __init__(self, limits: Limits | None = None, nursery: socket.socket | None = None) -> None:
        self.limits = limits or Limits()
        self._nursery = nursery
        self.layers = Layer(0)
        self._stack = contextlib.ExitStack()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Grader:
        why_not = supported()
        if why_not:
            raise NoSandbox(why_not, HOW)
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
        if self._nursery is not None and self._born(self._nursery):
            return
        root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="gradproof-")))
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile(dir=root) as errors:
            self._process = zygote.started(root, theirs, errors.fileno())
            theirs.close()
            if self._reply(START) != zygote.READY:
                self._process.wait()
                errors.seek(0)
                said = errors.read().decode("utf-8", "replace").strip().splitlines()
                raise NoSandbox(said[-1] if said else "the zygote did not start", HOW)

    def _born(self, nursery: socket.socket) -> bool:
        """Whether there is a zygote now that was forked from the one in the nursery; else it is gone."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, contextlib.suppress(OSError):
            socket.send_fds(nursery, [zygote.ANOTHER], [theirs.fileno()])
            theirs.close()
            if self._reply(START) == zygote.READY:
                return True
        self._control.close()
        self._control = None
        return False

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
