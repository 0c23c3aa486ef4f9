"""On which line of a TOML file a key stands: ``tomllib`` reads the values and forgets their places."""

from __future__ import annotations

import re
from collections.abc import Iterator

Key = tuple[str | int, ...]

_NAME = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_TABLE = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?")
_PAIR = re.compile(rf"\s*({_DOTTED})\s*=")
# What a value is made of, as far as its end needs it: whole strings, comments, brackets.
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|\#[^\n]*|[\[{]|[\]}]|\n',
    re.DOTALL,
)


def key_lines(text: str) -> dict[Key, int]:
    """The 1-based line of every table and key of a valid TOML text; keys of inline tables have none.

    >>> key_lines('a = 1\\n[[t]]\\nb = [\\n 2]\\nc = 3')
    {('a',): 1, ('t',): 2, ('t', 0): 2, ('t', 0, 'b'): 3, ('t', 0, 'c'): 5}
    """
    found: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    here: Key = ()
    for line, kind, names in _statements(text):
        key = _placed(names, counts) if kind else (*here, *names)
        if kind == "[[":
            index = counts[key] = counts.get(key, -1) + 1
            found.setdefault(key, line)
            key = (*key, index)
        here = key if kind else here
        found.setdefault(key, line)
    return found


def line_of(lines: dict[Key, int], key: Key) -> int | None:
    """The line of a key, or of the nearest thing around it that has one."""
    return next((lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in lines), None)


def _placed(names: Key, counts: dict[Key, int]) -> Key:
    """The key of a table: inside arrays of tables, in their last one."""
    key: Key = ()
    for i, name in enumerate(names):
        key = (*key, name)
        if key in counts and i < len(names) - 1:
            key = (*key, counts[key])
    return key


def _statements(text: str) -> Iterator[tuple[int, str, Key]]:
    """Each table header (with its bracket) and each pair (with an empty string), and its line."""
    at, size = 0, len(text)
    while at < size:
        table, pair = _TABLE.match(text, at), _PAIR.match(text, at)
        if table is not None:
            yield _line(text, table.start(1)), table[1], _parts(table[2])
        elif pair is not None:
            yield _line(text, pair.start(1)), "", _parts(pair[1])
        at = _end(text, (table or pair).end() if table or pair else at)  # type: ignore[union-attr]  # one is


def _end(text: str, start: int) -> int:
    """Where the statement ends: after the first line break outside strings and brackets."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if token[0] == "\n" and depth <= 0:
            return token.end()
    return len(text)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _parts(dotted: str) -> Key:
    return tuple(part.strip("\"'") for part in re.findall(_NAME, dotted))
