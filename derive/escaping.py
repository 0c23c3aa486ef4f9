"""Text made harmless for a format that has marks of its own; needs nothing but the text."""

from __future__ import annotations

_MARKDOWN = "\\`*_[]<>|#$~"


def markdown(text: str) -> str:
    """Text whose stars, brackets and bars Markdown leaves alone.

    >>> markdown("a**2 [x]")
    'a\\\\*\\\\*2 \\\\[x\\\\]'
    """
    return "".join(f"\\{c}" if c in _MARKDOWN else c for c in text)
