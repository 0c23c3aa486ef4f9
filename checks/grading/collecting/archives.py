"""Zip archives: read in memory within bounds, never unpacked to disk."""

from __future__ import annotations

import io
import lzma
import posixpath
import stat
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from checks.grading.collecting.files import LIMITS, Part
from checks.grading.collecting.names import is_ignored, shown
from checks.grading.errors import Unreadable

# Of one student's archive; a class has its own.
MOST_MEMBERS, MOST_BYTES = 500, 20 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError,
           RuntimeError, OverflowError, UnicodeError, MemoryError)  # fmt: skip


@contextmanager
def opened(source: Path | bytes) -> Iterator[zipfile.ZipFile]:
    """The archive in a file or in bytes; raises ``Unreadable`` where it is damaged, also while in use."""
    with _told(), zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
        yield archive


@contextmanager
def _told() -> Iterator[None]:
    """What a damaged archive raises, as ``Unreadable``."""
    try:
        yield
    except _BROKEN as error:
        said = str(error).strip() or type(error).__name__
        raise Unreadable(
            f"the zip archive cannot be read: {shown(said)}", "make a new one, without a password"
        ) from None


@contextmanager
def opened_again(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive of a class, which is asked for once for each student: its directory is read once."""
    with _told():
        found = path.stat()
        yield _kept(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1)
def _kept(path: Path, _changed: int, _size: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def parts(source: bytes) -> tuple[list[Part], list[str]]:
    """The files of one student's archive that may be part of a submission, and notes on what was left out."""
    with opened(source) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise Unreadable(
                f"the zip archive has {len(members)} entries", f"hand in at most {MOST_MEMBERS} files"
            )
        return _parts(archive, members)


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """The bytes of one member, whatever its size is said to be; raises ``Unreadable`` beyond ``limit``."""
    if info.flag_bits & 1:
        raise Unreadable("the zip archive has a password", "make one without")
    with archive.open(info) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        name = shown(posixpath.basename(info.filename))
        raise Unreadable(
            f"'{name}' is larger than {limit / 1e6:.0f} MB when unpacked", "leave out data and outputs"
        )
    return data


def refusal(info: zipfile.ZipInfo) -> str | None:
    """Why a member is not looked at; None where it may be read."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a symbolic link"
    return "its path leads out of the archive" if leads_out(info.filename) else None


def leads_out(name: str) -> bool:
    """Whether a member's path would end outside the folder that it is unpacked to."""
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "" or ":" in parts[0] or ".." in parts


def changed(info: zipfile.ZipInfo) -> float | None:
    """When a member was last changed, in local time as zip archives have it; None where that is no time."""
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return None


def _parts(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> tuple[list[Part], list[str]]:
    found: list[Part] = []
    notes: list[str] = []
    left = MOST_BYTES
    for info in members:
        name = info.filename.replace("\\", "/")
        suffix = posixpath.splitext(name)[1].lower()
        if info.is_dir() or (any(map(is_ignored, name.split("/"))) and ".." not in name.split("/")):
            continue
        why = refusal(info) or ("an archive in an archive" if suffix == ".zip" else None)
        if why is not None:
            notes.append(f"'{shown(name)}' was left out: {why}")
        elif suffix in LIMITS:
            data = member(archive, info, min(LIMITS[suffix], left))
            left -= len(data)
            found.append(Part(shown(name), data, changed(info)))
    return found, notes
