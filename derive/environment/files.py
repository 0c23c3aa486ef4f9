"""Problem files: TOML that a user can write, read with exact numbers and with errors that name the place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from derive.errors import BadProblem

FOLDER = Path(__file__).parent.parent / "problems"
SUFFIX = ".toml"
Data = dict[str, Any]
# Characters of a number, and an exponent that would take all memory to write out.
LONGEST = 200
_HUGE = re.compile(r"[eE][+-]?\d{4,}")


@cache
def names() -> tuple[str, ...]:
    """The problems that come with gradproof."""
    return tuple(sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}")))


def is_problem(family: str) -> bool:
    """Whether a family's name means a problem file: one of ours, or a path that ends with ``.toml``."""
    return family.endswith(SUFFIX) or family in names()


def load(family: str) -> Data:
    """What the file says, with floats as the decimals that were written, so that ``0.9`` is 9/10.

    Raises ``BadProblem`` for a file that is not there or is not TOML.
    """
    path = Path(family) if family.endswith(SUFFIX) else FOLDER / f"{family}{SUFFIX}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadProblem(f"'{family}' cannot be read: {_why(error)}", _nearest(path)) from None
    try:
        return {"kind": "mdp", **tomllib.loads(text, parse_float=str)}
    except (ValueError, RecursionError) as error:  # bad syntax, a number of 5000 digits, endless brackets
        help = 'fractions are written in quotes, as in discount = "9/10"'
        raise BadProblem(f"{family} is not TOML: {error}", help) from None


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not text in UTF-8"


def _nearest(path: Path) -> str:
    """The files beside it with a similar name, or our own."""
    beside = sorted(p.name for p in path.parent.glob(f"*{SUFFIX}") if p.is_file())
    near = get_close_matches(path.name, beside, n=1, cutoff=0.5)
    hint = f"did you mean '{path.parent / near[0]}'? " if near else ""
    return f"{hint}`python cli.py list problems` names those that come with gradproof"


def require_keys(where: str, data: Mapping[str, Any], known: Iterable[str], required: Iterable[str]) -> None:
    """Raises ``BadProblem`` for a key that means nothing, or one that is missing."""
    known = tuple(known)
    for key in data:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise BadProblem(f"{where}: '{key}' means nothing here", f"{hint}known: {', '.join(known)}")
    for key in required:
        if key not in data:
            raise BadProblem(f"{where}: '{key}' is missing", f"needed: {', '.join(required)}")


def number(where: str, value: Any) -> Fraction:
    """An exact number: 3, 0.45 or "9/20"; raises ``BadProblem``."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError
        if isinstance(value, str) and (len(value) > LONGEST or _HUGE.search(value)):
            raise ValueError
        return Fraction(value)
    except (ValueError, ZeroDivisionError):
        help = 'numbers are written as 3, 0.45 or "9/20"'
        raise BadProblem(f"{where} is {value!r}, which is not an exact number", help) from None


def table(where: str, value: Any) -> Mapping[str, Any]:
    """A table of TOML; raises ``BadProblem``."""
    if not isinstance(value, dict):
        raise BadProblem(f"{where} is {value!r}, not a table", 'write it as { low = "1/2", high = "1/2" }')
    return value
