"""What can be wrong with somebody's own estimator before it can be judged."""

from __future__ import annotations

import traceback
from pathlib import Path

from derive.errors import DeriveError


class UserError(DeriveError):
    """Base of the errors about a user's file, function or its result."""


class BadTarget(UserError):
    """``FILE.py::FUNCTION`` names nothing that can be called as an estimator."""


class BadResult(UserError):
    """The estimator returned something that is no gradient."""


class Raised(UserError):
    """The estimator raised an exception; the message holds its frames of the user's files."""


class NotReturned(BaseException):
    """The time for the user's code is over; not an ``Exception``, so that it is not caught by that code."""


def shortened(error: BaseException, also: str = "") -> str:
    """The traceback without frames of libraries and of gradproof: where in the user's code, and what."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)]
    lines = [f"    {Path(f.filename).name}:{f.lineno} in {f.name}: {f.line}" for f in frames[-_SHOWN:]]
    said = str(error).strip().splitlines()
    what = f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
    return "\n".join([f"{also}{what}", *lines])


_SHOWN = 5
_OURS = Path(__file__).resolve().parents[1]


def is_users(filename: str) -> bool:
    """Whether a frame's file is neither a library's nor Python's nor gradproof's."""
    path = Path(filename)
    if filename.startswith("<") or "site-packages" in path.parts or "dist-packages" in path.parts:
        return False
    full = path.resolve()
    if full.is_relative_to(_OURS) or full.is_relative_to(_OURS.parent / "derive"):
        return False
    return not full.is_relative_to(Path(traceback.__file__).resolve().parent)
