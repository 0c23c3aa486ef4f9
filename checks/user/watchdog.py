"""A limit on the time that a user's code takes."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from checks.user.errors import NotReturned


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``NotReturned`` in the body once ``seconds`` have passed, and again if that is swallowed.

    It stops Python code between two instructions, and sleeping; not a single call into a library that
    runs on: for that the work has to be in a process of its own (``checks.user.child``). In the main thread
    by an alarm signal, elsewhere by an exception set from a watching thread.
    """
    observer(seconds)
    try:
        with _limited(seconds):
            yield
    finally:
        observer(None)


def _nobody(_: float | None) -> None:
    """Nobody watches."""


# Told of the seconds of every limit when it begins, and of None when it is over.
observer: Callable[[float | None], None] = _nobody


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with _alarm(seconds):
            yield
    else:
        with _watched(threading.get_ident(), seconds):
            yield


_AGAIN = 0.5  # seconds after which an exception that was swallowed is raised anew


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def over(_signal: int, _frame: object) -> None:
        raise NotReturned

    before = signal.signal(signal.SIGALRM, over)
    running, since = signal.getitimer(signal.ITIMER_REAL), time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), _AGAIN)
    try:
        yield
    finally:
        # Somebody else's alarm, a test runner's for instance, goes on.
        left = max(running[0] - (time.monotonic() - since), 1e-3) if running[0] else 0.0
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left, running[1])


@contextmanager
def _watched(thread: int, seconds: float) -> Iterator[None]:
    done = threading.Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(NotReturned))
            wait = _AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
