"""A user's code in a process of its own, which can be ended whatever it is doing.

An exception raised by a watchdog stops Python between two instructions. A library call that does not come
back to Python, a decomposition of a huge matrix, is stopped by nothing but the end of its process. The child
says when a limited piece of work begins and ends; one that is silent for longer is killed, and
``faulthandler``, whose watchdog needs no Python, has by then written down where it was.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import IO, Any, TypeVar

from checks.user import watchdog
from checks.user.errors import NotReturned, Raised, is_users
from derive.errors import DeriveError

T = TypeVar("T")
# After a limit, for what the child still has to say.
GRACE = 1.0


class Hung(NotReturned):
    """The child was killed; ``place`` is where the user's code was, or empty."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place


def isolated(work: Callable[[], T]) -> T:
    """``work()`` in a forked child; its result, which must be picklable, or its exception.

    Raises ``Hung`` where a piece of it within ``watchdog.limited`` does not end ``GRACE`` seconds after its
    limit, and ``Raised`` where the child dies. Without fork it runs here.
    """
    if not hasattr(os, "fork"):
        return work()
    ours, theirs = Pipe(duplex=False)
    with tempfile.TemporaryFile("w+") as trace:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _child(work, theirs, trace)
        theirs.close()
        try:
            said = _awaited(ours, pid, trace)
        finally:
            ours.close()
            _ended(pid)
    if said[0] == "result":
        found: T = said[1]
        return found
    raise _rebuilt(*said[1:])


def _child(work: Callable[[], Any], pipe: Connection, trace: IO[str]) -> None:
    """Everything that the forked process does; it never returns."""
    code = 1
    try:
        watchdog.observer = lambda seconds: _tell(pipe, trace, seconds)
        try:
            said: tuple[Any, ...] = ("result", work())
        except DeriveError as error:
            said = ("error", type(error), vars(error), error.args)
        except SystemExit as error:
            said = ("error", Raised, {}, (f"it left the program, with sys.exit({error.code})", None))
        pipe.send(said)
        code = 0
    except KeyboardInterrupt:
        code = 130
    except BaseException as error:  # ours to report, as if it had been raised in the parent
        pipe.send(("error", RuntimeError, {}, (f"{type(error).__name__}: {error}",)))
    finally:
        sys.stderr.flush()
        os._exit(code)


def _tell(pipe: Connection, trace: IO[str], seconds: float | None) -> None:
    faulthandler.cancel_dump_traceback_later()
    if seconds is not None:
        faulthandler.dump_traceback_later(seconds + GRACE / 2, file=trace)
    pipe.send(("limit", seconds))


def _awaited(pipe: Connection, pid: int, trace: IO[str]) -> tuple[Any, ...]:
    deadline: float | None = None
    while True:
        if not pipe.poll(None if deadline is None else max(deadline - time.monotonic(), 0.0)):
            raise Hung(_place(trace))
        try:
            said: tuple[Any, ...] = pipe.recv()
        except (EOFError, pickle.UnpicklingError):
            raise _death(os.waitpid(pid, 0)[1]) from None
        if said[0] != "limit":
            return said
        deadline = None if said[1] is None else time.monotonic() + said[1] + GRACE


def _death(status: int) -> BaseException:
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Raised(f"it ended its process with {name}", "a library that it calls has crashed")
    code = os.waitstatus_to_exitcode(status)
    return KeyboardInterrupt() if code == 130 else Raised(f"it ended its process, with code {code}", None)


def _ended(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass  # it has ended, and was waited for


def _rebuilt(kind: type[BaseException], fields: dict[str, Any], args: tuple[Any, ...]) -> BaseException:
    if kind is Raised and not fields:
        return Raised(*args)
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


def _place(trace: IO[str]) -> str:
    """The innermost of the user's frames in what ``faulthandler`` wrote: it lists the innermost first."""
    trace.seek(0)
    for file, line, name in re.findall(r'File "(.+)", line (\d+) in (.+)', trace.read()):
        if is_users(file):
            return f"{name}, line {line}"
    return ""
