"""Frames: what is sent arrives, and whatever else arrives is a violation, never anything worse."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.grading.remote import failure
from checks.grading.serving import BadQuestion, drawn
from checks.grading.wire import (
    HEADER,
    MAGIC,
    MOST_NUMBERS,
    MOST_TEXT,
    Channel,
    Closed,
    Kind,
    Reader,
    TooLong,
    Violation,
    harmless,
    packed,
)


def impatient(waited: float) -> float:
    raise TooLong("nothing came")


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Channel]]:
    theirs, ours = socket.socketpair()
    with theirs, ours:
        yield theirs, Channel(ours.fileno(), impatient)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 3), (0, 4), (2, 1, 3)], ids=str)
def test_arrays_arrive_as_they_were(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    reader = Reader(memoryview(packed(x)))
    found = reader.array()
    reader.end()
    assert found.shape == shape
    assert np.array_equal(found, x)


def test_odd_numbers_and_orders_arrive() -> None:
    x = np.array([[np.nan, np.inf], [-np.inf, -0.0], [5e-324, 1e308]]).T
    found = Reader(memoryview(packed(x))).array()
    assert found.tobytes() == np.ascontiguousarray(x).tobytes()


def test_a_frame_arrives(ends: tuple[socket.socket, Channel]) -> None:
    theirs, ours = ends
    Channel(theirs.fileno()).send(Kind.ROWS, 2**64 - 1, b"ab", b"c")
    kind, nonce, body = ours.receive()
    assert (kind, nonce, bytes(body)) == (Kind.ROWS, 2**64 - 1, b"abc")


def test_a_large_frame_arrives_in_parts(ends: tuple[socket.socket, Channel]) -> None:
    theirs, ours = ends
    data = os.urandom(1 << 16)
    theirs.sendall(HEADER.pack(MAGIC, Kind.ROWS, 1, len(data)) + data[:7])
    with pytest.raises(TooLong):
        ours.receive()
    theirs.sendall(data[7:])


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"x" * HEADER.size, "no frame"),
        (HEADER.pack(b"gpw0", Kind.ROWS, 1, 0), "no frame"),
        (HEADER.pack(MAGIC, 77, 1, 0), "no frame"),
        (HEADER.pack(MAGIC, Kind.ROWS, 1, 2**32 - 1), "4294967295 bytes"),
    ],
    ids=["garbage", "magic", "kind", "length"],
)
def test_a_bad_header_is_a_violation(sent: bytes, says: str, ends: tuple[socket.socket, Channel]) -> None:
    theirs, ours = ends
    theirs.sendall(sent)
    with pytest.raises(Violation, match=says):
        ours.receive()


def test_the_end_is_noticed_on_either_side(ends: tuple[socket.socket, Channel]) -> None:
    theirs, ours = ends
    theirs.close()
    with pytest.raises(Closed):
        ours.receive()
    with pytest.raises(Closed):
        ours.send(Kind.PING, 1, b"x" * 10**6)


def test_who_does_not_read_is_not_waited_for(ends: tuple[socket.socket, Channel]) -> None:
    _, ours = ends
    with pytest.raises(TooLong):
        ours.send(Kind.SOURCE, 1, b"x" * 10**7)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x07" + bytes(28),
        struct.pack("<BI", 1, 2) + bytes(8),
        struct.pack("<BI", 1, MOST_NUMBERS + 1),
        struct.pack("<BIII", 3, 2**31, 2**31, 2**31),
    ],
    ids=["nothing", "dimensions", "cut", "size", "overflow"],
)
def test_a_bad_array_is_a_violation(body: bytes) -> None:
    with pytest.raises(Violation):
        Reader(memoryview(body)).array()


def test_what_is_left_over_is_a_violation() -> None:
    reader = Reader(memoryview(packed(np.ones(2)) + b"x"))
    reader.array()
    with pytest.raises(Violation, match="more bytes"):
        reader.end()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_violate(data: bytes) -> None:
    """Everything that reads a child's bytes, on arbitrary ones."""
    for reads in (lambda b: Reader(b).array(), drawn_from, failure):
        with contextlib.suppress(Violation, BadQuestion):
            reads(memoryview(data))


def drawn_from(body: memoryview) -> object:
    return drawn(Reader(body))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(1, 12), st.binary(max_size=64))
def test_no_request_for_a_draw_does_more_than_fail(law: int, data: bytes) -> None:
    try:
        found = drawn_from(memoryview(bytes([law]) + data))
    except (Violation, BadQuestion):
        return
    assert isinstance(found, np.ndarray)
    assert found.size <= MOST_NUMBERS


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=2 * MOST_TEXT))
def test_text_is_made_harmless(data: bytes) -> None:
    text = harmless(data)
    assert len(text) <= MOST_TEXT
    assert all(c == "\n" or c.isprintable() or c.isspace() for c in text)
    assert "\x1b" not in text
    assert "\r" not in text
    text.encode("utf-8")  # no surrogates


def test_control_and_direction_marks_are_replaced() -> None:
    assert harmless("a\x1b[2Jb\u202ec\x00d\r\ne") == "a\ufffd[2Jb\ufffdc\ufffdd\ne"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (struct.pack("<BIB", 6, 2**31, 1) + packed(np.ones(4)), "too many"),
        (struct.pack("<BB2I", 1, 2, 2**31, 2**31), "too many"),
        (struct.pack("<B", 4) + packed(np.array([2.0])), "p_in"),
        (struct.pack("<BIB", 6, 3, 1) + packed(np.zeros(0)), "multinomial"),
        (struct.pack("<B", 7) + packed(np.array([np.nan])), "between"),
        (struct.pack("<B", 9) + packed(np.array([1e300])), "between"),
        (struct.pack("<B", 10) + packed(np.array([5.0])) + packed(np.array([-1.0])), "between"),
    ],
    ids=["multinomial", "normal", "probability", "no weights", "gamma", "poisson", "binomial"],
)
def test_draws_that_cannot_be_made_are_errors_of_the_child(body: bytes, says: str) -> None:
    with pytest.raises(BadQuestion, match=says):
        drawn_from(memoryview(body))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_frames_arrive_however_they_are_cut(data: st.DataObject) -> None:
    """Several at once, or parts of one: each is read with its own nonce, in order, and nothing is left."""
    bodies = data.draw(st.lists(st.binary(max_size=9000), min_size=1, max_size=4))
    stream = b"".join(
        HEADER.pack(MAGIC, Kind.ROWS, nonce, len(body)) + body for nonce, body in enumerate(bodies)
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)])]
    theirs, ours = socket.socketpair()
    with theirs, ours:

        def more(waited: float) -> float:
            if not parts:
                raise TooLong("nothing came")
            theirs.sendall(parts.pop(0))
            return 0.0

        channel = Channel(ours.fileno(), more)
        for nonce, body in enumerate(bodies):
            assert channel.receive() == (Kind.ROWS, nonce, body)
        parts.clear()
        with pytest.raises(TooLong):
            channel.receive()


def test_it_looks_again_when_the_time_may_be_used_up(
    ends: tuple[socket.socket, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, channel = ends
    left, ticks = [10.0, 0.1, -1.0], []

    def patience(waited: float) -> float:
        if not left:
            raise TooLong("nothing came")
        return left.pop(0)

    class Poll:
        def register(self, *_: int) -> None: ...

        def poll(self, tick: float) -> None:
            ticks.append(tick)

    monkeypatch.setattr(channel, "_patience", patience)
    monkeypatch.setattr(channel, "_poll", Poll())
    with pytest.raises(TooLong):
        channel.receive()
    assert ticks == [250.0, 250.0, 100.0, 10.0]
