"""The code of a notebook: its code cells one after another, without what only IPython understands."""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass

from checks.grading.errors import Unreadable

MOST_CELLS = 2000
# Cell magics that leave the cell's code as it is.
_HARMLESS = ("%%time", "%%timeit", "%%capture")
_MAGIC = re.compile(r"^(\s*)(?:([A-Za-z_]\w*)\s*=\s*)?[!%]|^(\s*)\?|^(\s*)[\w.]+\?{1,2}\s*$")


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell by its number in the notebook, from 1."""

    number: int
    source: str


def cells(data: bytes) -> tuple[list[Cell], list[str]]:
    """The code cells, and notes on the lines and cells that were skipped; raises ``Unreadable``."""
    found: list[Cell] = []
    notes: list[str] = []
    for number, cell in enumerate(_raw(data), 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source, note = _python(_text(cell.get("source", cell.get("input", ""))))
        notes += [f"cell {number}: {note}"] if note else []
        found.append(Cell(number, source))
    return found, notes


def _raw(data: bytes) -> list[object]:
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Unreadable(
            f"this is not a notebook: {why[:120]}", "save it in Jupyter, and hand in that file"
        ) from None
    listed = notebook.get("cells") if isinstance(notebook, dict) else None
    if listed is None and isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        sheets = [s for s in notebook["worksheets"] if isinstance(s, dict)]
        listed = [cell for sheet in sheets for cell in sheet.get("cells", ())]  # nbformat 3
    if not isinstance(listed, list):
        raise Unreadable(
            "this is not a notebook: it has no cells", "save it in Jupyter, and hand in that file"
        )
    if len(listed) > MOST_CELLS:
        raise Unreadable(f"the notebook has {len(listed)} cells", f"hand in at most {MOST_CELLS}")
    return listed


def _text(source: object) -> str:
    """A cell's source: text, or a list of lines."""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _python(source: str) -> tuple[str, str | None]:
    """The cell with as many lines, and a note where lines were skipped. Never a shell, never a magic."""
    first = next((line.strip() for line in source.splitlines() if line.strip()), "")
    if first.startswith("%%"):
        if not first.startswith(_HARMLESS):
            return "\n" * source.count("\n"), f"skipped: {first.split()[0][:40]} is not Python"
        source = source.replace(first, "", 1)
    if parses(source):
        return source, None
    lines = source.split("\n")
    magic = {i: found for i, line in enumerate(lines) if (found := _MAGIC.match(line))}
    for i, found in magic.items():
        indent = next((g for g in (found[1], found[3], found[4]) if g is not None), "")
        lines[i] = f"{indent}{found[2]} = None" if found[2] else f"{indent}pass"
    if not magic:
        return source, None
    return "\n".join(
        lines
    ), f"skipped {len(magic)} line{'s' * (len(magic) > 1)} that only IPython understands"


def parses(source: str) -> bool:
    """Whether this is Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
