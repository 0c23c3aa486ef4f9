"""The head of a document: ``key: value`` lines that say what the derivation is about.

In Markdown it stands between two lines of ``---`` at the top, in LaTeX in comments (``% family: normal``),
in a notebook at the top of its first Markdown cell. Values may go on in indented lines or ``- `` items.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.written.document import Form
from derive.written.source import Source
from derive.written.unreadable import Unreadable

KEYS = frozenset(
    (
        "family", "integrand", "wrt", "at", "assume", "sample", "noise", "functions", "constants", "laws",
        "vectors", "sequences", "index", "normal",
    )
)  # fmt: skip
_SAME_KEY = {
    "law": "laws", "density": "laws", "assumptions": "assume", "assumption": "assume",
    "function": "functions", "constant": "constants", "distribution": "family", "parameters": "wrt",
    "parameter": "wrt", "point": "at", "g": "integrand", "indices": "index", "vector": "vectors",
    "sequence": "sequences", "assuming": "assume",
}  # fmt: skip
_LINE = re.compile(r"^([A-Za-z][\w -]*?)[ \t]*:(?!=)[ \t]*(.*)$")
MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One value with its place in the source."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The entries by key, keys that the reader does not use, and where the derivation begins."""

    entries: dict[str, Entry]
    others: tuple[tuple[str, str], ...]
    begin: int
    problems: tuple[Unreadable, ...] = ()

    def get(self, key: str) -> Entry | None:
        return self.entries.get(key)


def front_matter(source: Source, form: Form) -> FrontMatter:
    """The front matter of a text; without one, nothing is given and the derivation begins at the top."""
    lines = _lines_of_latex(source.text) if form == "tex" else _lines_of_markdown(source.text)
    entries: dict[str, Entry] = {}
    others: list[tuple[str, str]] = []
    problems: list[Unreadable] = []
    key = ""
    for start, line in lines[0][:MAX_LINES]:
        bare = _uncommented(line)
        if not bare.strip():
            continue
        found = _LINE.match(bare)
        if found and not line[:1].isspace():
            key = found[1].strip().lower().replace(" ", "_")
            key = _SAME_KEY.get(key, key)
            value = found[2].strip()
            begin = start + found.start(2)
        elif key and (line[:1].isspace() or bare.lstrip().startswith("-")):
            value, begin = bare.strip().removeprefix("- ").strip(), start
        elif form == "tex":
            continue
        else:
            problems.append(
                Unreadable("this line of the front matter is no 'key: value'", start, start + len(line),
                           "as in family: normal")
            )  # fmt: skip
            continue
        _add(key, _unquoted(value), begin, start + len(line), entries, others)
    return FrontMatter(entries, tuple(others), lines[1], tuple(problems))


def _add(
    key: str, value: str, start: int, end: int, entries: dict[str, Entry], others: list[tuple[str, str]]
) -> None:
    if not value:
        return
    if key not in KEYS:
        others.append((key, value))
    elif key in entries:
        before = entries[key]
        entries[key] = Entry(f"{before.value}; {value}", before.start, end)
    else:
        entries[key] = Entry(value, start, end)


def _uncommented(line: str) -> str:
    return re.sub(r"(^|\s)#.*$", "", line)


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    if value.startswith("[") and value.endswith("]"):
        return value[1:-1]
    return value.strip("$") if value.count("$") == 2 and value[0] == value[-1] == "$" else value


def _lines_of_markdown(text: str) -> tuple[list[tuple[int, str]], int]:
    """The lines between the two rules at the top, and where the text goes on."""
    opening = re.match(r"\s*---[ \t]*\n", text)
    if not opening:
        return [], 0
    closing = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.M).search(text, opening.end())
    if closing is None:
        return [], 0
    return _numbered(text, opening.end(), closing.start()), closing.end()


def _lines_of_latex(text: str) -> tuple[list[tuple[int, str]], int]:
    """The comments at the top that are ``key: value``."""
    found: list[tuple[int, str]] = []
    for start, line in _numbered(text, 0, len(text)):
        bare = line.lstrip()
        if bare and not bare.startswith("%"):
            break
        inside = bare.lstrip("% ")
        found_key = _LINE.match(inside)
        if (found_key and (found or _known(found_key[1]))) or (found and inside.startswith("- ")):
            found.append((start + len(line) - len(inside), inside))
        if len(found) >= MAX_LINES:
            break
    return found, 0


def _known(word: str) -> bool:
    key = word.strip().lower().replace(" ", "_")
    return _SAME_KEY.get(key, key) in KEYS or key in ("rubric", "title", "author", "points")


def _numbered(text: str, start: int, end: int) -> list[tuple[int, str]]:
    found, at = [], start
    for line in text[start:end].split("\n"):
        found.append((at, line))
        at += len(line) + 1
        if len(found) > 10 * MAX_LINES:
            break
    return found
