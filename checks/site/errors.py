"""What can go wrong with documents, each with what to do about it."""

from __future__ import annotations

from derive.errors import DeriveError


class DocumentError(DeriveError):
    """A document that could not be made, or a place where it must not be written."""


def missing_extra(module: str) -> DocumentError:
    """The error for a library of the extra ``docs`` that is not installed."""
    message = f"documents need '{module}', which is not installed"
    return DocumentError(message, "pip install 'gradproof[docs]'")
