"""Names that students gave to files, made harmless for terminals, pages and tables."""

from __future__ import annotations

import unicodedata

LONGEST = 100


def shown(name: str) -> str:
    """``name`` in one line, without characters that hide, break or reorder others; at most 100 long.

    >>> shown("a\\nb"), shown("\\u202egnp.py")
    ('a\\\\nb', '\\\\u202egnp.py')
    """
    text = unicodedata.normalize("NFC", name)
    safe = "".join(c if c.isprintable() else _escaped(c) for c in text)
    return safe if len(safe) <= LONGEST else f"{safe[: LONGEST - 1]}…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def is_ignored(name: str) -> bool:
    """Whether a file or folder is what systems leave behind, and no submission."""
    return name.startswith(".") or name in ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")
