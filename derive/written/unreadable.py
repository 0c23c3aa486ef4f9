"""Why a piece of a written derivation could not be read, and where."""

from __future__ import annotations

from derive.errors import DeriveError


class Unreadable(DeriveError):
    """Notation that is unknown, ambiguous or broken at the offsets ``start`` to ``end`` of the source."""

    def __init__(self, message: str, start: int, end: int, help: str | None = None) -> None:
        super().__init__(message, help)
        self.start = start
        self.end = max(end, start)
