"""Frames between the trusted grader and a sealed child: numbers, or bounded text; nothing is unpickled.

A frame is a header (magic, kind, nonce, length) and as many bytes. The two sides speak in turn: every frame
of the grader carries a fresh random nonce, and the one frame that answers it repeats it. A frame that was
not asked for, has another nonce, or is longer than what was asked for can hold ends the conversation.
"""

from __future__ import annotations

import os
import select
import struct
import time
import unicodedata
from collections.abc import Callable
from enum import IntEnum
from math import prod

import numpy as np

from checks.evidence.arrays import Array

HEADER = struct.Struct("<4sB3xQI")
MAGIC = b"gpw1"
MOST_TEXT = 4096
MOST_DIMENSIONS = 6
# The largest array in either direction, in numbers: 2**16 samples of a family of several columns.
MOST_NUMBERS = 1 << 20
MOST_BYTES = 8 * MOST_NUMBERS + 1024


class Kind(IntEnum):
    """What a frame says; those of the grader first."""

    SOURCE = 1
    TASK = 2
    CALL = 3
    VALUES = 4
    REFUSED = 5
    PING = 6
    HELLO = 32
    UNSEALED = 33
    READY = 34
    ASK = 35
    DRAW = 36
    ROWS = 37
    FAILED = 38


class Violation(Exception):
    """The other side broke the protocol; the text says how."""


class Closed(Exception):
    """The other side is gone."""


class TooLong(Exception):
    """The other side does not answer in time."""


class Spent(TooLong):
    """All its time is used up, in calls that each ended in time; it waits for the next one."""


class Channel:
    """One end of the conversation, on a descriptor.

    ``patience(seconds since the wait began)`` is called while waiting and raises ``TooLong`` to end it; it
    returns in how many seconds that can be at the earliest.
    """

    def __init__(self, descriptor: int, patience: Callable[[float], float] | None = None) -> None:
        self.descriptor = descriptor
        self._ahead = bytearray()  # what came with what was asked for
        self._patience = patience
        self._poll = select.poll() if patience else None
        if self._poll:
            os.set_blocking(descriptor, False)

    def send(self, kind: Kind, nonce: int, *parts: bytes) -> None:
        """Write one frame; raises ``Closed`` or ``TooLong``."""
        body = b"".join(parts)
        data = memoryview(HEADER.pack(MAGIC, kind, nonce, len(body)) + body)
        while data:
            try:
                data = data[os.write(self.descriptor, data) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except OSError:
                raise Closed from None

    def receive(self, most: int = MOST_BYTES) -> tuple[Kind, int, memoryview]:
        """Read one frame of at most ``most`` bytes; raises ``Violation``, ``Closed`` or ``TooLong``."""
        magic, kind, nonce, length = HEADER.unpack(self._exactly(HEADER.size))
        if magic != MAGIC or kind not in _KINDS:
            raise Violation("bytes that are no frame")
        if length > most:
            raise Violation(f"a frame of {length} bytes")
        return Kind(kind), nonce, memoryview(self._exactly(length))

    def _exactly(self, size: int) -> bytearray:
        found = self._ahead
        while len(found) < size:
            try:
                part = os.read(self.descriptor, min(max(size - len(found), _AHEAD), 1 << 20))
            except BlockingIOError:
                self._wait(select.POLLIN)
                continue
            except OSError:
                raise Closed from None
            if not part:
                raise Closed
            found += part
        self._ahead = found[size:]
        del found[size:]
        return found

    def _wait(self, event: int) -> None:
        assert self._poll is not None
        assert self._patience is not None
        start = time.monotonic()
        self._poll.register(self.descriptor, event)
        tick = float(_TICK)
        while not self._poll.poll(tick):
            left = self._patience(time.monotonic() - start)
            tick = min(max(1000.0 * left, _SHORT), _TICK)


# Bytes that are read at once, if they are there: most frames are shorter.
_AHEAD = 1 << 12
# Milliseconds between two looks at a child that does not answer, and just before its time is used up.
_TICK, _SHORT = 250, 10
_KINDS = set(Kind)


def packed(x: Array) -> bytes:
    """An array of float64 numbers with its shape."""
    x = np.asarray(x, dtype=np.float64, order="C")  # not ascontiguousarray, which gives a number a dimension
    return struct.pack(f"<B{x.ndim}I", x.ndim, *x.shape) + x.tobytes()


class Reader:
    """The fields of a frame in their order; raises ``Violation`` for anything that is not expected."""

    def __init__(self, body: memoryview) -> None:
        self._body = body
        self._at = 0

    def numbers(self, form: str) -> tuple[int, ...]:
        """Integers of a ``struct`` format."""
        layout = struct.Struct("<" + form)
        return layout.unpack(self._take(layout.size))

    def array(self, most: int = MOST_NUMBERS) -> Array:
        """An array of at most ``most`` numbers; a copy."""
        (dimensions,) = self.numbers("B")
        if dimensions > MOST_DIMENSIONS:
            raise Violation(f"an array of {dimensions} dimensions")
        shape = self.numbers(f"{dimensions}I")
        if prod(shape) > most:
            raise Violation(f"an array of shape {list(shape)}")
        return np.frombuffer(self._take(8 * prod(shape)), dtype="<f8").reshape(shape).copy()

    def text(self) -> str:
        """The rest as harmless text."""
        return harmless(bytes(self._body[self._at :]))

    def end(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._body):
            raise Violation("more bytes than expected")

    def _take(self, size: int) -> memoryview:
        part = self._body[self._at : self._at + size]
        if len(part) != size:
            raise Violation("fewer bytes than expected")
        self._at += size
        return part


def harmless(data: bytes | str) -> str:
    """Text of a stranger: at most 4 KB, without control, format and surrogate characters; lines are kept.

    Where it is shown, it is escaped for the place (HTML, XML, CSV) by whoever shows it.
    """
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "replace")
    text = raw[:MOST_TEXT].decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(c if c == "\n" or unicodedata.category(c)[0] != "C" else "\ufffd" for c in text)
