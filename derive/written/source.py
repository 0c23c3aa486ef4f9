"""Files and texts with a derivation, as bounded text; what is no text of that kind is refused at once."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from derive.errors import DeriveError
from derive.written.document import Form, Span

MAX_BYTES = 1_000_000
MAX_CELLS = 1_000
FORMS: dict[str, Form] = {".md": "md", ".markdown": "md", ".tex": "tex", ".latex": "tex", ".ipynb": "ipynb"}


class BadDocument(DeriveError):
    """A file that is no written derivation: too large, empty, not text, or no notebook."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text with its line starts; ``cell`` numbers the cells of a notebook from 1."""

    text: str
    cell: int | None = None
    starts: tuple[int, ...] = field(default=(), repr=False)

    def span(self, start: int, end: int) -> Span:
        """The place of ``text[start:end]`` in lines and columns."""
        line, column = self._place(start)
        last, after = self._place(end)
        return Span(line, column, last, after, self.text[start:end], self.cell)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def source_of(text: str, cell: int | None = None) -> Source:
    """A source with its lines counted."""
    starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
    return Source(text, cell, tuple(starts))


def load(source: str | Path, form: Form | None) -> tuple[str, Form, tuple[Source, ...]]:
    """The name of a document, its form, and its texts: one, or one for each Markdown cell of a notebook.

    Raises ``BadDocument`` for what cannot be read as text of that form.
    """
    if isinstance(source, Path):
        form = form or FORMS.get(source.suffix.lower())
        name, text = str(source), _read(source)
    else:
        name, text = "<text>", source
        if len(text) > MAX_BYTES:
            raise _too_large(name, len(text))
    if form is None:
        raise BadDocument(f"{name} is no written derivation", f"it reads {', '.join(FORMS)} files")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise BadDocument(f"{name} is empty", "write a derivation in it, such as $$ ... = ... $$")
    return name, form, _cells(name, text) if form == "ipynb" else (source_of(text),)


def _read(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _too_large(str(path), size)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadDocument(f"{path} cannot be read: {error.strerror}", "check the name of the file") from None
    except UnicodeDecodeError as error:
        raise BadDocument(f"{path} is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None


def _too_large(name: str, size: int) -> BadDocument:
    return BadDocument(
        f"{name} has {size:,} bytes; at most {MAX_BYTES:,} are read",
        "give the derivation alone, without pictures",
    )


def _cells(name: str, text: str) -> tuple[Source, ...]:
    """The Markdown cells of a notebook."""
    try:
        notebook: Any = json.loads(text)
        cells = notebook["cells"]
        found = [(i, c["source"]) for i, c in enumerate(cells, 1) if c["cell_type"] == "markdown"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadDocument(
            f"{name} is no notebook", "a notebook is JSON with a list of cells (nbformat 4)"
        ) from None
    if len(found) > MAX_CELLS:
        raise BadDocument(f"{name} has {len(found)} Markdown cells; at most {MAX_CELLS} are read")
    if not found:
        raise BadDocument(f"{name} has no Markdown cell", "derivations are read from Markdown cells")
    return tuple(source_of(_joined(name, s), i) for i, s in found)


def _joined(name: str, source: object) -> str:
    """The source of a cell, which nbformat writes as a text or a list of lines."""
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    raise BadDocument(f"{name} has a cell whose source is no text", "save it again with Jupyter")
