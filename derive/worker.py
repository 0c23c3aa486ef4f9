"""A computation in a child process that is killed when its time is up: for SymPy calls that may hang."""

from __future__ import annotations

import os
import pickle
import select
import signal
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from .errors import Undecided

T = TypeVar("T")


def with_time_limit(function: Callable[..., T], args: tuple[Any, ...], seconds: float) -> T:
    """``function(*args)``, computed in a forked child, or ``Undecided`` once ``seconds`` have passed.

    The result (or the exception that the function raised, which is raised here) must be picklable;
    function and arguments need not be. Where there is no fork (Windows) nothing can be killed, so
    nothing is tried.
    """
    if not hasattr(os, "fork"):
        raise Undecided("this system cannot fork, so no call with a time limit is made")
    reader, writer = os.pipe()
    child = _fork()
    if child == 0:
        os.close(reader)
        _answer(function, args, writer)
    os.close(writer)
    try:
        data = _read(reader, time.monotonic() + seconds)
    finally:
        os.close(reader)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if data is None:
        raise Undecided(f"{function.__name__} did not finish within {seconds:g} s")
    return _unpack(data, function.__name__)


def _fork() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of forks beside threads. The child computes with SymPy and leaves by _exit.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _answer(function: Callable[..., Any], args: tuple[Any, ...], writer: int) -> None:
    """In the child: compute, write, and leave without running anyone's exit handlers."""
    try:
        try:
            data = pickle.dumps((True, function(*args)))
        except BaseException as error:
            data = pickle.dumps((False, error))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
    finally:
        os._exit(0)


def _read(reader: int, deadline: float) -> bytes | None:
    """All that the child writes, or ``None`` at the deadline."""
    parts: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return None
        part = os.read(reader, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)


def _unpack(data: bytes, name: str) -> Any:
    if not data:
        raise Undecided(f"{name} ended without an answer in its child process")
    done, value = pickle.loads(data)
    if done:
        return value
    raise value
