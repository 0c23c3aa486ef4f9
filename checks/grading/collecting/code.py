"""One program from the files of a submission, with the place that each of its lines came from."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from checks.grading.collecting.files import Part
from checks.grading.collecting.notebooks import cells
from checks.grading.errors import Unreadable

_BOMS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
         (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_COOKIE = re.compile(r"^([ \t\f]*#.*?)coding([:=])", re.MULTILINE)
_DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=]")
_FUTURE = re.compile(r"^from[ \t]+__future__[ \t]+import[ \t]+([\w, \t]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """Lines from ``start`` on, of the program, are those from 1 on of a file, or of a cell of a notebook."""

    start: int
    file: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """The program as UTF-8, where its lines came from, and remarks on what was skipped."""

    source: bytes
    places: tuple[Place, ...]
    notes: tuple[str, ...] = ()


def where(places: Sequence[Place], line: int) -> str:
    """The place of a line of the program as its author knows it."""
    i = bisect_right([p.start for p in places], line) - 1
    if i < 0:
        return f"line {line}"
    cell = "" if places[i].cell is None else f"cell {places[i].cell}, "
    return f"{places[i].file}, {cell}line {line - places[i].start + 1}"


def program(parts: Sequence[Part], wanted: Sequence[str]) -> Code:
    """The program of a submission's files of code.

    Of several files, those that define a function that is ``wanted``; raises ``Unreadable`` where two define
    the same one, and where a file is not text.
    """
    pieces = [(part.name, *_pieces(part)) for part in parts]
    notes = [f"{name}: {note}" for name, _, said in pieces for note in said]
    chosen = [(name, found) for name, found, _ in pieces]
    if len(chosen) > 1:
        chosen, more = _chosen(chosen, wanted)
        notes += more
    return _joined(chosen, notes)


Pieces = list[tuple[int | None, str]]


def _pieces(part: Part) -> tuple[Pieces, list[str]]:
    """The cells of a notebook, or a file as one piece."""
    if part.suffix == ".ipynb":
        found, notes = cells(part.data)
        return [(cell.number, cell.source) for cell in found], notes
    return [(None, text(part.data))], []


def text(data: bytes) -> str:
    """The text of a Python file in the encoding that it declares; raises ``Unreadable``."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    if b"\0" in data:
        raise Unreadable("it is binary, not text", "hand in the Python file itself")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except (SyntaxError, UnicodeError) as error:
        if not any(map(_DECLARED.match, data.split(b"\n", 2)[:2])):
            return _decoded(data, "utf-8")  # which says where it is not
        raise Unreadable(f"its encoding is not known: {str(error)[:80]}", "save it as UTF-8") from None
    # Decoded text is written as UTF-8 below: a declaration of another encoding would then be false.
    return _COOKIE.sub(r"\1      \2", _decoded(data, encoding), count=1)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        found = data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        at = getattr(error, "start", 0)
        line = data.count(b"\n", 0, at) + 1
        raise Unreadable(f"it is not {encoding} in line {line}", "save it as UTF-8") from None
    if not isinstance(found, str) or "\0" in found:
        raise Unreadable("it is binary, not text", "hand in the Python file itself")
    return found.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _chosen(
    pieces: list[tuple[str, Pieces]], wanted: Sequence[str]
) -> tuple[list[tuple[str, Pieces]], list[str]]:
    defining = {name: _defined("\n".join(s for _, s in found)) & set(wanted) for name, found in pieces}
    for function in wanted:
        files = [name for name, defined in defining.items() if function in defined]
        if len(files) > 1:
            raise Unreadable(
                f"{len(files)} files define '{function}': {', '.join(files)}", "hand in one of them"
            )
    chosen = [(name, found) for name, found in pieces if defining[name]] or pieces
    used = [name for name, _ in chosen]
    left = [name for name, _ in pieces if name not in used]
    notes = [f"read as one program: {', '.join(used)}"] if len(used) > 1 else []
    notes += [f"not read, because no task is in them: {', '.join(left)}"] if left else []
    return chosen, notes


def _defined(source: str) -> set[str]:
    """The names that a program binds at its top level; by their `def` lines where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"^(?:async[ \t]+)?def[ \t]+(\w+)", source, re.MULTILINE))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    named = {node.name for node in body if isinstance(node, kinds)}
    targets = [t for node in body if isinstance(node, ast.Assign) for t in node.targets]
    return named | {t.id for t in targets if isinstance(t, ast.Name)}


def _joined(pieces: list[tuple[str, Pieces]], notes: list[str]) -> Code:
    """The pieces one after another; imports from the future stand at the top, where Python wants them."""
    many = sum(len(found) for _, found in pieces) > 1
    future: dict[str, None] = {}
    lines: list[str] = []
    places: list[Place] = []
    for name, found in pieces:
        for cell, source in found:
            for names in _FUTURE.findall(source) if many else ():
                future.update(dict.fromkeys(n.strip() for n in names.split(",")))
            places.append(Place(len(lines) + 1, name, cell))
            lines += (_FUTURE.sub("", source) if many else source).split("\n")
    if future:
        lines.insert(0, f"from __future__ import {', '.join(sorted(future))}")
        places = [Place(p.start + 1, p.file, p.cell) for p in places]
    program = "\n".join(lines)
    return Code(program.encode("utf-8", "surrogatepass"), tuple(places), tuple(notes))
