"""Names that students gave to files, made harmless for terminals, pages and tables."""

from __future__ import annotations

import unicodedata

LONGEST = 100


def shown(name: str, longest: int = LONGEST) -> str:
    """``name`` in one line, without characters that hide, break or reorder others; at most ``longest``.

    >>> shown("a\\nb"), shown("\\u202egnp.py")
    ('a\\\\nb', '\\\\u202egnp.py')
    """
    text = unicodedata.normalize("NFC", name)
    safe = "".join(c if c.isprintable() else _escaped(c) for c in text)
    return safe if len(safe) <= longest else f"{safe[: longest - 1]}…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def is_ignored(name: str) -> bool:
    """Whether a file or folder is what systems leave behind, and no submission."""
    return name.startswith(".") or name in ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")
