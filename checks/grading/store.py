"""Findings on disk, so that nothing is judged twice and nothing is lost: one SQLite file in the results.

The key is a hash of the submission and of all that judges it. What was committed survives Ctrl-C and a
power cut; at worst the last second is judged again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from checks.grading.errors import BadFolder
from checks.grading.work import Answer

NAME = "grades.sqlite"
# How SQLite files say whose they are: "grad" in the header.
APPLICATION = 0x67726164
VERSION = 1
EVERY = 1.0  # seconds between commits


class Store:
    """Findings by key. Use as a context: what was put is committed at its end, however that comes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._base = sqlite3.connect(path, timeout=10.0)
            self._prepare()
        except sqlite3.Error as error:
            help = "is another `grade` running there? Otherwise move the file away"
            raise BadFolder(f"'{path}' cannot be used: {error}", help) from None
        self._committed = time.monotonic()

    def _prepare(self) -> None:
        base = self._base
        base.execute(f"PRAGMA application_id = {APPLICATION}")
        base.execute(f"PRAGMA user_version = {VERSION}")
        base.execute(
            "CREATE TABLE IF NOT EXISTS finding (key TEXT PRIMARY KEY, found TEXT NOT NULL,"
            " cpu REAL NOT NULL, broken INTEGER NOT NULL)"
        )
        base.commit()
        # After the header is written: a log that is not yet folded in does not hide whose file this is.
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.commit()
        self._base.close()

    def put(self, spec: str, answers: Iterable[Answer]) -> None:
        """Keep findings made under the spec with this key."""
        rows = [
            (key_of(spec, a.digest), _dumped(a.findings), a.cpu_seconds, is_broken(a.findings))
            for a in answers
        ]
        self._base.executemany("INSERT OR REPLACE INTO finding VALUES (?, ?, ?, ?)", rows)
        if time.monotonic() - self._committed > EVERY:
            self._base.commit()
            self._committed = time.monotonic()

    def get(self, spec: str, digest: str) -> dict[str, Any] | None:
        """The findings about a submission, if it was judged."""
        query = "SELECT found FROM finding WHERE key = ?"
        row = self._base.execute(query, (key_of(spec, digest),)).fetchone()
        return None if row is None else json.loads(row[0])

    def has(self, spec: str, digest: str) -> bool:
        """Whether a submission was judged, and that was not our failure: then it is judged again."""
        query = "SELECT 1 FROM finding WHERE key = ? AND NOT broken"
        return self._base.execute(query, (key_of(spec, digest),)).fetchone() is not None

    def count(self) -> int:
        """How many submissions are judged in it."""
        (count,) = self._base.execute("SELECT count(*) FROM finding").fetchone()
        return int(count)

    def cpu_seconds(self) -> float:
        """The processor time of all submissions in it."""
        (total,) = self._base.execute("SELECT coalesce(sum(cpu), 0) FROM finding").fetchone()
        return float(total)


def is_broken(found: dict[str, Any]) -> bool:
    """Whether some finding is the grader's own failure."""
    return any(f["outcome"] == "broken" for f in found["tasks"])


def key_of(spec: str, digest: str) -> str:
    """What findings are kept under."""
    return hashlib.sha256(f"{spec}:{digest}".encode()).hexdigest()


def _dumped(found: dict[str, Any]) -> str:
    return json.dumps(found, sort_keys=True, allow_nan=False)


def is_ours(path: Path) -> bool:
    """Whether a file is a store of ours, by its header; it is not opened as a database."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError:
        return False
    return head.startswith(b"SQLite format 3\0") and int.from_bytes(head[68:72], "big") == APPLICATION
