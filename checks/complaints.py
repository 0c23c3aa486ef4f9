"""An error that was raised on purpose, as the command line tells it."""

from __future__ import annotations

from checks.codes import OF_ERROR
from derive.errors import BadExpression, DeriveError


def complaint(error: DeriveError) -> str:
    """What is wrong, a caret under the place where there is one, what to try, and where there is more."""
    lines = [f"error: {error.message}"]
    if isinstance(error, BadExpression):
        lines += [f"  {line}" for line in error.caret().splitlines()]
    code = OF_ERROR.get(type(error).__name__)
    for word, text in (("help", error.help), ("more", code and f"`python cli.py explain {code}`")):
        if text:
            lines.append(f"  {word}: {text}")
    return "\n".join(lines)
