"""Reading files that may be anything: links, devices, pipes, folders, too large, changing."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from checks.grading.errors import Unreadable

# How much of each kind is read: code is short, notebooks hold their figures, archives several files.
LIMITS = {".py": 1 << 20, ".md": 1 << 20, ".tex": 1 << 20, ".ipynb": 10 << 20, ".zip": 5 << 20}
CLASS_ARCHIVE = 2 << 30
TRIES = 3
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a submission as it was read, once: these bytes are hashed and graded."""

    name: str
    data: bytes
    modified: float | None = None

    @property
    def suffix(self) -> str:
        """``.py`` and the like, in small letters."""
        return os.path.splitext(self.name)[1].lower()


def read(path: Path, limit: int) -> tuple[bytes, float]:
    """The bytes of an ordinary file and when it was last changed.

    Raises ``Unreadable`` for links, which are not followed, for whatever is no ordinary file, for more than
    ``limit`` bytes, and for a file that changes each time it is read.
    """
    for _ in range(TRIES):
        data, before, after = _once(path, limit)
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and len(
            data
        ) == after.st_size:
            return data, after.st_mtime
    raise Unreadable("it changes while it is read", "wait until nothing writes to it, and grade again")


def _once(path: Path, limit: int) -> tuple[bytes, os.stat_result, os.stat_result]:
    try:
        handle = os.open(path, _FLAGS)
    except OSError as error:
        raise _unreadable(error) from None
    try:
        before = os.fstat(handle)
        _must_be_ordinary(before, limit)
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise _too_large(limit)
        return data, before, os.fstat(handle)
    except OSError as error:
        raise _unreadable(error) from None
    finally:
        os.close(handle)


def _must_be_ordinary(found: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a device, pipe or socket"
        raise Unreadable(f"it is {kind}, not a file", "hand in a Python file, a notebook or a zip of them")
    if found.st_size > limit:
        raise _too_large(limit, found.st_size)


def _too_large(limit: int, size: int | None = None) -> Unreadable:
    has = "" if size is None else f"it has {size / 1e6:.1f} MB; "
    return Unreadable(f"{has}more than {limit / 1e6:.0f} MB is not read", "leave out data and outputs")


def _unreadable(error: OSError) -> Unreadable:
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return Unreadable("it is a symbolic link, and links are not followed", "hand in the file itself")
    if error.errno == errno.ENXIO:
        return Unreadable("it is a device, pipe or socket, not a file", "hand in an ordinary file")
    return Unreadable(f"it cannot be read: {error.strerror}", None)
