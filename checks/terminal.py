"""Tables and words for a terminal, as strings: plain, aligned, never wrapped and never read as markup."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

Style = Callable[[str, str], str]

_COLOURS = {"ok": 32, "FAIL": 31, "?": 33, "bold": 1, "dim": 2}


def plain(text: str, _: str) -> str:
    """No colour."""
    return text


def coloured(text: str, style: str) -> str:
    """ANSI colours for a terminal; a style without a colour leaves the text alone.

    >>> coloured("ok", "ok")
    '\\x1b[32mok\\x1b[0m'
    """
    code = _COLOURS.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), style: Style = plain) -> str:
    """Columns as wide as their widest cell, two spaces apart; the first cell of a row carries its style.

    >>> print(table([("ok", "a**2"), ("?", "E[eps]")], head=("", "integrand")))
        integrand
    ok  a**2
    ?   E[eps]
    """
    everything = [tuple(head), *rows] if head else list(rows)
    count = max((len(row) for row in everything), default=0)
    widths = [max((width(row[i]) for row in everything if i < len(row)), default=0) for i in range(count)]
    lines = []
    for number, row in enumerate(everything):
        cells = [cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row)]
        if head and number == 0:
            lines.append(style("  ".join(cells).rstrip(), "bold"))
        else:
            lines.append("  ".join([style(cells[0], row[0]), *cells[1:]]).rstrip())
    return "\n".join(lines)


def width(text: str) -> int:
    """How many columns a terminal gives to ``text``."""
    visible = (c for c in text if not unicodedata.combining(c))
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in visible)


def safe(text: str, encoding: str | None) -> str:
    """``text`` as the encoding can write it; what it lacks becomes ASCII words or ``?``."""
    for symbol, word in _ASCII.items():
        if not _writable(symbol, encoding):
            text = text.replace(symbol, word)
    return text.encode(encoding or "ascii", "replace").decode(encoding or "ascii")


_ASCII = {"±": "+/-", "≤": "<=", "≥": ">=", "≠": "!=", "∞": "inf", "–": "-", "—": "-", "…": "...", "→": "->"}


def _writable(symbol: str, encoding: str | None) -> bool:
    try:
        symbol.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
