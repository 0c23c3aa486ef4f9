"""One zygote for all graders: each has its own of it, as well sealed, and nothing depends on it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.grading import nursery as module
from checks.grading.grader import Grader
from checks.grading.nursery import Nursery
from checks.grading.sandbox import REQUIRED
from checks.grading.wire import Kind
from checks.grading.zygote import in_large_pages

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="seccomp and Landlock are Linux's")


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def ends_soon(pid: int) -> bool:
    """A process ends when it is next scheduled, which on a busy machine is not at once."""
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@LINUX
def test_graders_have_zygotes_of_their_own_and_start_none(nursery: Nursery) -> None:
    nursery.start()
    nursery.start()  # once
    assert nursery._process is not None
    with Grader(nursery=nursery.asking) as one, Grader(nursery=nursery.asking) as two:
        assert one._process is two._process is None
        assert one.layers & two.layers & REQUIRED == REQUIRED
        with one.child() as first, two.child() as second:
            zygotes = [parent_of(child._pid) for child in (first, second)]
            assert len({*zygotes, nursery._process.pid}) == 3
            assert [parent_of(zygote) for zygote in zygotes] == [nursery._process.pid] * 2
            for child in (first, second):  # both converse, in turn
                assert child.exchange(Kind.SOURCE, b"x = 1")[0] == Kind.READY
        first_of_them, second_of_them = zygotes
        one.close()
        assert ends_soon(first_of_them)
        with two.child() as third:  # the other one has not noticed
            assert parent_of(third._pid) == second_of_them
        nursery.close()
        with two.child() as fourth:  # nor does it need the nursery any more
            assert fourth.exchange(Kind.PING)[0] == Kind.READY
    assert ends_soon(second_of_them)


@LINUX
def test_without_it_a_grader_starts_its_own(nursery: Nursery) -> None:
    nursery.start()
    assert nursery._process is not None
    nursery._process.kill()
    nursery._process.wait()
    with Grader(nursery=nursery.asking) as grader:
        assert grader._process is not None
        assert grader.layers & REQUIRED == REQUIRED


def test_where_nothing_can_be_sealed_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "supported", lambda: "this system has neither seccomp nor Landlock")
    made = Nursery()
    made.start()
    assert made.asking is made._process is None
    made.close()


def test_large_pages_hold_what_the_small_ones_held(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [bytes([i % 251]) * 4096 for i in range(4096)]
    in_large_pages()
    assert all(held[i] == bytes([i % 251]) * 4096 for i in range(4096))
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(Path, "read_text", lambda _: pytest.fail("there is no /proc"))
    in_large_pages()
