"""Which submissions there are: names and places only, so that a hundred thousand of them cost no memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks.grading.collecting.archives import leads_out, opened
from checks.grading.collecting.files import LIMITS
from checks.grading.collecting.names import is_ignored, shown
from checks.grading.errors import NoSubmissions, Unreadable


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one submission is: a file or folder, or members of a class's archive."""

    student: str
    path: Path
    members: tuple[str, ...] = ()


def entries(arguments: Sequence[Path], skipped: Iterable[Path] = ()) -> tuple[Entry, ...]:
    """The submissions, in the order of their names; raises ``NoSubmissions`` where there are none.

    A folder or zip archive that is the only argument is a class: each file, folder and archive in it is one
    student's. Of several arguments each is one student's, unless it holds folders or archives itself (a zip
    archive: more than one).
    Files of ``skipped`` are not submissions. Two of one name are told apart by a number.
    """
    left_out = {p.resolve() for p in skipped}
    found = [
        e for a in arguments for e in _entries(a, len(arguments) == 1) if e.path.absolute() not in left_out
    ]
    if not found:
        where = ", ".join(f"'{a}'" for a in arguments)
        raise NoSubmissions(
            f"there are no submissions in {where}", "name a folder, a zip or files of submissions"
        )
    return _told_apart(found)


def _entries(argument: Path, alone: bool) -> list[Entry]:
    if argument.is_dir():
        inside = [argument / n for n in _listed(argument)]
        nested = any(not p.is_symlink() and (p.is_dir() or p.suffix.lower() == ".zip") for p in inside)
        return [_entry(p) for p in inside] if alone or nested else [_entry(argument)]
    if not os.path.lexists(argument):
        raise NoSubmissions(f"there is no file or folder '{argument}'", "`grade --help` shows the usage")
    if argument.suffix.lower() == ".zip" and not argument.is_symlink():
        return _of_archive(argument, alone)
    return [_entry(argument)]


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(n for n in os.listdir(folder) if not is_ignored(n))
    except OSError as error:
        raise NoSubmissions(f"'{folder}' cannot be read: {error.strerror}", None) from None


def _entry(path: Path) -> Entry:
    known = path.suffix.lower() in LIMITS and (path.is_symlink() or not path.is_dir())
    return Entry(shown(path.stem if known else path.name or str(path)), path)


def _of_archive(path: Path, alone: bool) -> list[Entry]:
    """A class's archive, member by member, or one student's as a whole."""
    try:
        with opened(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir() and _is_wanted(i.filename)]
    except Unreadable:
        return [_entry(path)]  # told where it is read
    safe = _groups([name for name in names if not leads_out(name)])
    nested = sum("/" in m[0] or m[0].lower().endswith(".zip") for m in safe.values())
    if len(safe) < 2 or not (alone or nested > 1):
        return [_entry(path)]
    # What leads out of the archive is nobody's, and has its own line in the report.
    odd = {name: (name,) for name in names if leads_out(name)}
    return [Entry(shown(name), path, members) for name, members in sorted({**safe, **odd}.items())]


def _groups(names: list[str]) -> dict[str, tuple[str, ...]]:
    """The members of each top-level folder or file, below a folder that holds everything."""
    tops = {n.split("/")[0] for n in names}
    below = all(n.count("/") > 1 or (n.count("/") == 1 and n.lower().endswith(".zip")) for n in names)
    skip = int(len(tops) == 1 and below)
    groups: dict[str, list[str]] = {}
    for name in names:
        rest = name.split("/")[skip:]
        groups.setdefault(rest[0] if len(rest) > 1 else os.path.splitext(rest[0])[0], []).append(name)
    return {k: tuple(v) for k, v in groups.items()}


def _is_wanted(name: str) -> bool:
    folders = [part for part in name.split("/")[:-1] if part != ".."]
    return os.path.splitext(name)[1].lower() in LIMITS and not any(map(is_ignored, folders))


def _told_apart(found: list[Entry]) -> tuple[Entry, ...]:
    seen: dict[str, int] = {}
    told = []
    for entry in found:
        count = seen[entry.student] = seen.get(entry.student, 0) + 1
        told.append(entry if count == 1 else replace(entry, student=f"{entry.student} ({count})"))
    return tuple(told)


def walk(folder: Path, deepest: int = 5) -> Iterator[Path]:
    """The files of one student's folder that may be part of a submission, in order; links are listed."""
    for name in _listed(folder):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            if deepest:
                yield from walk(path, deepest - 1)
        elif path.suffix.lower() in LIMITS:
            yield path
