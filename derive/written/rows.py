"""A display to its rows, and rows to sides: what stands between equality signs, with the notes beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lark import Token

from derive.written.blocks import ENVIRONMENTS, Block
from derive.written.parsing import refuse_unbalanced
from derive.written.tokens import Lexer
from derive.written.unreadable import Unreadable

_ENVELOPE = re.compile(
    rf"\\(?:begin|end)\{{(?:{ENVIRONMENTS})\*?\}}(?:\[[tbc]\])?(?:\{{\d+\}})?|\\(?:intertext|shortintertext)\s*\{{[^{{}}]*\}}"
)
_BREAK = re.compile(
    r"\\\\(?:\*)?(?:\s*\[[^\]\n]{0,20}\])?|\\(?:begin|end)\{(?:d?cases|[pbvBV]?matrix|array)\}|[{}]|\\[{}]",
    re.M,
)
_WORDS_BEFORE = re.compile(
    r"(?:\s|&|\\[,;:! ]|\\q?quad)*"
    r"\\(Rightarrow|implies|therefore|iff|Leftrightarrow|Longrightarrow)(?![A-Za-z])"
)
_QUAD = re.compile(r"\\q?quad(?![A-Za-z])")
_TEXT = re.compile(r"\\(?:text|mbox|textrm|textit|textbf|mathrm)\s*\{([^{}]*)\}")
MAX_REMARKS = 20  # wide spaces of a row that are looked at from its end
_CONTINUES = frozenset(("PLUS", "MINUS", "TIMES"))
_OPENS = frozenset(("LPAR", "LBRACK", "LBRACE", "AOPEN", "CASES", "LBAR", "LDOT"))
_CLOSES = frozenset(("RPAR", "RBRACK", "RBRACE", "ACLOSE", "ENDCASES", "RBAR"))


@dataclass
class Side:
    """The tokens of one side, and where they stand; ``broken`` says that it could not be read."""

    block: Block
    tokens: list[Token] = field(default_factory=list)
    start: int = 0
    end: int = 0
    broken: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass
class Row:
    """The sides of one row; the first is None where the row begins with its equality sign."""

    sides: list[Side | None]
    notes: list[str]
    problems: list[Unreadable] = field(default_factory=list)
    ends_open: bool = False
    fresh: bool = False


def rows_of(block: Block, symbols: frozenset[str]) -> list[Row]:
    """The rows of a display, each with its sides lexed; what cannot be lexed is a problem of its row."""
    text = block.view
    view = text[: block.start] + _without_envelopes(text[block.start : block.end]) + text[block.end :]
    made: list[Row] = []
    for start, end in _pieces(view, block.start, block.end):
        row = _row(block, view, start, end, symbols)
        if row.sides or row.problems:
            made.append(row)
    if made and block.after and re.search(r"\w", block.after):
        _hang(made[-1], [block.after.strip(" .,;()")])
    return made


def _hang(row: Row, notes: list[str]) -> None:
    """Remarks at the end of a row are about its last side."""
    last = next((s for s in reversed(row.sides) if s is not None), None)
    if last is not None:
        last.notes += notes


def _without_envelopes(text: str) -> str:
    return _ENVELOPE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def _pieces(view: str, start: int, end: int) -> list[tuple[int, int]]:
    """The rows between line breaks outside braces and cases; all breaks count if the braces do not match."""
    text = view[start:end]
    matched = text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")
    found, begin, depth = [], start, 0
    for match in _BREAK.finditer(view, start, end):
        word = match[0]
        if word in ("{", "}"):
            depth += 0 if not matched else 1 if word == "{" else -1
        elif word.startswith(("\\begin", "\\end")):
            depth += 1 if word.startswith("\\begin") else -1
        elif word.startswith("\\\\") and depth <= 0:
            found.append((begin, match.start()))
            begin = match.end()
    found.append((begin, end))
    return [piece for start, stop in found for piece in _columns(view, start, stop)]


def _columns(view: str, start: int, end: int) -> list[tuple[int, int]]:
    """Two equations side by side, parted by ``, \\quad``."""
    found, begin = [], start
    for match in _QUAD.finditer(view, start, end):
        ahead = view[match.end() : end]
        before = view[begin : match.start()].rstrip()
        if before.endswith((",", ";", ".")) and _flat_equals(ahead) and _flat_equals(before):
            found.append((begin, match.start()))
            begin = match.end()
    return [*found, (begin, end)]


def _flat_equals(text: str) -> list[int]:
    """Where equality signs stand outside all brackets; none if the brackets do not match."""
    depth, found = 0, []
    for i, character in enumerate(text):
        depth += (character in "{[(") - (character in "}])")
        if character == "=" and depth == 0 and text[i - 1 : i] not in ("\\", "<", ">", "!"):
            found.append(i)
    return found if depth == 0 else []


def _row(block: Block, view: str, start: int, end: int, symbols: frozenset[str]) -> Row:
    row = Row([], [])
    leading = _WORDS_BEFORE.match(view, start, end)
    if leading:
        start, row.fresh = leading.end(), True
    start, end = _stripped(view, start, end, row.notes)
    cuts = [start + i for i in _flat_equals(view[start:end])]
    ends = [start, *(c + 1 for c in cuts)]
    for begin, stop in zip(ends, [*cuts, end]):
        _side(block, view, begin, stop - (view[stop - 1 : stop] == ":" and stop < end), symbols, row)
    _hang(row, row.notes)
    if len(row.sides) > 1 and row.sides[-1] is None:
        row.sides.pop()
        row.ends_open = True
    if row.sides == [None]:
        row.sides = []
    return row


def _side(block: Block, view: str, start: int, end: int, symbols: frozenset[str], row: Row) -> None:
    """Lex one piece, which may hold further equality signs (``\\overset{!}{=}``)."""
    lexer = Lexer(view, start, end, symbols)
    try:
        tokens = _unaligned(lexer.run())
        refuse_unbalanced(tokens)
        _refuse_relations(tokens)
    except Unreadable as error:
        row.problems.append(error)
        row.sides.append(Side(block, [], start, end, broken=True, notes=[n for _, n in lexer.notes]))
        return
    parts = _at_equals(tokens)
    for i, part in enumerate(parts):
        if not part:
            row.sides.append(None)
            continue
        begins, stops = part[0].start_pos or 0, part[-1].end_pos or 0
        after = parts[i + 1][0].start_pos or 0 if i + 1 < len(parts) and parts[i + 1] else end
        before = parts[i - 1][-1].end_pos or 0 if i and parts[i - 1] else start
        notes = [n for at, n in lexer.notes if before <= at < stops or (stops <= at < after and after == end)]
        row.sides.append(Side(block, part, begins, stops, notes=notes))


def _refuse_relations(tokens: list[Token]) -> None:
    depth = 0
    for token in tokens:
        depth += (token.type in _OPENS) - (token.type in _CLOSES)
        if depth == 0 and token.type in ("REL", "NE"):
            raise Unreadable(
                f"'{token}' is no equality", token.start_pos or 0, token.end_pos or 0,
                "only equalities are judged; put a condition in the front matter (assume: ...)",
            )  # fmt: skip


def _at_equals(tokens: list[Token]) -> list[list[Token]]:
    """The tokens between the equality signs that stand outside brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.type in _OPENS) - (token.type in _CLOSES)
        if token.type == "EQ" and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _unaligned(tokens: list[Token]) -> list[Token]:
    """The tokens without alignment marks; those of cases stay."""
    made, depth = [], 0
    for token in tokens:
        depth += (token.type == "CASES") - (token.type == "ENDCASES")
        if token.type != "AMP" or depth > 0:
            made.append(token)
    return made


def _stripped(view: str, start: int, end: int, notes: list[str]) -> tuple[int, int]:
    """The row without the remarks at its end and the punctuation behind it."""
    body = view[start:end]
    column = _outside_cases(body, "&&")
    if column >= 0:
        _noted(body[column:], notes)
        body = body[:column]
    for match in reversed(list(_QUAD.finditer(body))[-MAX_REMARKS:]):
        ahead = body[match.end() :]
        if _is_remark(ahead):
            _noted(ahead, notes)
            body = body[: match.start()]
    body = re.sub(
        r"(?:\s|\\[,;:! ]|\\q?quad|\\(?:label|tag\*?)\s*\{[^{}]*\}|\\(?:nonumber|notag))*$", "", body
    )
    body = re.sub(r"(?:\\[,;:! ]|\s)*[.,;]\s*$", "", body)
    return start, start + len(body)


def _outside_cases(body: str, mark: str) -> int:
    at = body.rfind("\\end{cases}")
    return body.find(mark, max(at, 0))


def _is_remark(text: str) -> bool:
    """Whether what follows a wide space is no part of the formula: words, or something in brackets."""
    bare = re.sub(r"\\[,;:! ]|\\q?quad|~", " ", text).strip(" .,;\n")
    if not bare:
        return False
    starts = bare.startswith(("\\text", "\\mbox", "\\because", "\\forall", "%", "\\#"))
    bracketed = re.fullmatch(r"[(\[].*[)\]]", bare, re.DOTALL) is not None
    return starts or bracketed or bool(re.match(r"\\mathrm\{[a-z]{2,}\s", bare))


def _noted(text: str, notes: list[str]) -> None:
    words = _TEXT.sub(r"\1", text).replace("&", " ")
    words = re.sub(r"\\(?:tag\*?|label)\s*\{[^{}]*\}|\\[,;:! ]|\\q?quad|\\because", " ", words)
    words = " ".join(words.split()).strip("., ")
    if words.startswith("(") and words.endswith(")"):
        words = words[1:-1].strip()
    if re.search(r"[A-Za-z]", words):
        notes.append(words)


def continues(tokens: list[Token]) -> bool:
    """Whether a row goes on with the side before it: it begins with a sign that joins."""
    return bool(tokens) and tokens[0].type in _CONTINUES
