"""A sealed process as the grader holds it: frames to it and from it, its limits of time, and how it ended."""

from __future__ import annotations

import math
import os
import secrets
import signal
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from checks.grading.errors import Unavailable
from checks.grading.sandbox import REQUIRED, Layer
from checks.grading.wire import Channel, Closed, Kind, Reader, Spent, TooLong, Violation

HOW = "grade in a Linux container (Docker, Podman) or in WSL2; `self-check` runs your own file without walls"
# Seconds in which a child is sealed on a loaded machine.
SEAL = 60.0
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


class Keeper(Protocol):
    """What a child asks of whoever started it."""

    def kill(self) -> None:
        """End the child that runs."""

    def ended(self) -> End:
        """Wait for the end of the child, and say how it was."""


class Child:
    """A sealed process that waits for a submission; a context manager, at whose end it is gone.

    ``exchange`` sends a frame and returns the answer. ``end`` says afterwards how it ended.
    """

    _stat: int | None = None

    def __init__(self, grader: Keeper, ours: socket.socket, pid: int, nonce: int) -> None:
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
                raise NoSandbox(f"a process cannot be sealed here: {Reader(body).text()}", HOW)
            self.layers = Layer(Reader(body).numbers("I")[0])
            if self.layers & REQUIRED != REQUIRED:
                raise NoSandbox(f"only these walls stand: {self.layers!r}", HOW)
        except (Closed, TooLong, Violation) as error:
            self.close()
            raise NoSandbox(
                f"a sealed process did not come up ({type(error).__name__}: {error})", HOW
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
            if self._stat is not None:
                os.close(self._stat)
                self._stat = None
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
            if self._stat is None:  # kept open: it is asked before every call
                self._stat = os.open(f"/proc/{self._pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
            fields = os.pread(self._stat, 4096, 0).rpartition(b")")[2].split()
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

    def _patience(self, waited: float) -> float:
        """Seconds until the next look: no process uses its time faster than it passes."""
        used = self._look()
        if used > self._last + 0.01 or waited < 0.5:
            self._last, self._moved = used, time.monotonic()
        elif time.monotonic() - self._moved > ASLEEP:
            raise TooLong(f"it waited for {ASLEEP:g} s without computing")
        return self._budget - (used - self._since)

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
