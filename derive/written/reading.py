"""A derivation from a file: ``read`` is the whole interface."""

from __future__ import annotations

from pathlib import Path

from derive.written.document import Document, Form


def read(source: str | Path, *, form: Form | None = None) -> Document:
    """The document in a file (a ``Path``) or in a text (a ``str``, which needs ``form``)."""
    raise NotImplementedError
