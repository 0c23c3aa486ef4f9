"""What can be wrong with an assignment, a submission or the place for the results."""

from __future__ import annotations

from pathlib import Path

from checks.errors import Unavailable as Unavailable
from derive.errors import DeriveError


class GradingError(DeriveError):
    """Base of the errors that `grade` and `self-check` raise on purpose."""


class BadAssignment(GradingError):
    """The assignment cannot be used; the message begins with the file and, where known, the line."""

    def __init__(self, what: str, path: Path, line: int | None = None, help: str | None = None) -> None:
        place = path.name if line is None else f"{path.name}, line {line}"
        super().__init__(f"{place}: {what}", help)
        self.line = line


class NoSubmissions(GradingError):
    """Nothing that could be graded was found."""


class BadFolder(GradingError):
    """The folder for the results cannot be used; nothing in it was touched."""


class Unreadable(GradingError):
    """One submission cannot be read; the rest of the class is graded."""
