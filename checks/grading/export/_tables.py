"""CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What spreadsheets read as the start of a formula, at the start of a cell, in half and full width.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Value = str | float | None


class Fixed(str):
    """Text of a published format, written as it is; never anything that somebody else wrote."""


def cell(value: Value) -> str:
    """A value as a cell; text that could be a formula gets an apostrophe in front, numbers stay numbers.

    >>> cell("=1+1"), cell(-0.5), cell("ann")
    ("'=1+1", '-0.5', 'ann')
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, Fixed):
        return str(value)
    return f"'{value}" if value.lstrip(" ").startswith(_STARTS) else value


def table(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """A table as RFC 4180 has it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([cell(name) for name in head])
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()
