"""One side of a line, from tokens to a syntax tree by ``formula.lark``; every refusal has a position.

Lark is imported when the first formula is read, and its tables are built once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer as LarkLexer

from derive.written.bars import settled
from derive.written.unreadable import Unreadable

Node: TypeAlias = Tree[Token]
MAX_DEPTH = 400  # of the syntax tree; the builder recurses a few frames for each level

_PARTNERS = {
    "LPAR": ")",
    "LBRACK": "]",
    "LBRACE": "\\}",
    "LBAR": "|",
    "AOPEN": "}",
    "CASES": "\\end{cases}",
    "LDOT": "\\right|",
}
_CLOSERS = {"RPAR": "LPAR", "RBRACK": "LBRACK", "RBRACE": "LBRACE", "RBAR": "LBAR", "ACLOSE": "AOPEN",
            "ENDCASES": "CASES"}  # fmt: skip


class _Given(LarkLexer):
    """Lark's lexer where the tokens are there already."""

    def __init__(self, _: Any) -> None:
        return

    def lex(self, data: Any, *_: Any) -> Iterator[Token]:
        yield from data


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("formula.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Given, maybe_placeholders=False)


def parse(tokens: list[Token], end: int) -> Node:
    """The tree of one side; ``end`` is where it ends in the source. Raises ``Unreadable``."""
    if not tokens:
        raise Unreadable(
            "a side of this line is empty", max(0, end - 1), end, "write the formula that is meant"
        )
    refuse_unbalanced(tokens)
    try:
        tree: Node = _parser().parse(settled(tokens))
    except UnexpectedToken as error:
        raise _explained(error, tokens, end) from None
    _refuse_deep(tree)
    return tree.children[0]  # type: ignore[return-value]  # the rule `start` has exactly one subtree


def extent(tree: Node | Token) -> tuple[int, int]:
    """The offsets at which the tokens of a subtree begin and end."""
    start, end, waiting = None, 0, [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Tree):
            waiting += node.children
        else:
            begin = node.start_pos or 0
            start, end = begin if start is None else min(start, begin), max(end, node.end_pos or 0)
    return start or 0, end


def refuse_unbalanced(tokens: list[Token]) -> None:
    """Brackets that do not match, named where they stand."""
    opened: list[Token] = []
    for token in tokens:
        if token.type in _PARTNERS:
            opened.append(token)
        elif token.type in _CLOSERS:
            if not opened:
                raise _at(
                    token, f"this '{_shown(token)}' closes nothing", "remove it, or open its partner before"
                )
            last = opened.pop()
            if last.type != _CLOSERS[token.type] and (last.type, token.type) != ("LDOT", "RBAR"):
                message = f"this '{_shown(token)}' meets an open '{_shown(last)}'"
                raise _at(token, message, f"close with '{_PARTNERS[last.type]}'")
    if opened:
        raise _at(
            opened[-1], f"this '{_shown(opened[-1])}' is not closed", f"add a '{_PARTNERS[opened[-1].type]}'"
        )


def _shown(token: Token) -> str:
    return str(token).strip() or {"AOPEN": "{", "ACLOSE": "}"}.get(token.type, token.type)


def _at(token: Token, message: str, help: str | None = None) -> Unreadable:
    return Unreadable(message, token.start_pos or 0, token.end_pos or 0, help)


def _refuse_deep(tree: Node) -> None:
    """Chains of terms or factors lean to the left without being deep: they are walked, not recursed into."""
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _below(node)]
        if not level:
            return
    raise Unreadable(f"nested more than {MAX_DEPTH} deep", *extent(level[0]))


def _below(node: Node) -> list[Node]:
    found: list[Node] = []
    while True:
        subtrees = [child for child in node.children if isinstance(child, Tree)]
        leaning = node.data in ("sum", "chain") and subtrees and subtrees[0].data == node.data
        if not leaning:
            return found + subtrees
        found += subtrees[1:]
        node = subtrees[0]


_STARTS = frozenset(("NAME", "NUMBER", "LPAR", "FRAC", "FUN"))
_SIGNS = frozenset(("PLUS", "MINUS", "TIMES", "SLASH", "EQ", "REL", "NE", "COMMA", "SEMI", "MID", "SIM"))


def _explained(error: UnexpectedToken, tokens: list[Token], end: int) -> Unreadable:
    token, expected = error.token, set(error.accepts or error.expected)
    if token.type == "$END":
        return _ends_early(tokens, end, expected)
    kind, word = token.type, _shown(token)
    if kind == "DEE":
        return _at(
            token, "this 'd' belongs to no integral", "write \\int before it, or declare d as a constant"
        )
    if expected == {"DEE"} or (kind in _CLOSERS and "DEE" in expected and _open_integral(tokens, token)):
        return _at(
            token, "an integral is without its differential", "end the integrand with da (or \\,\\mathrm{d}a)"
        )
    before = next((t for t in reversed(tokens) if (t.start_pos or 0) < (token.start_pos or 0)), None)
    if "LBRACK" in expected and before is not None and before.type == "EXPECT":
        return _at(token, "an expectation needs brackets around its body", "as in \\mathbb{E}[g(a)]")
    if kind == "BANG" or kind == "PRIME":
        return _at(token, f"'{word}' follows nothing that it could belong to")
    if kind == "SUP":
        help = "put what is raised to a power in brackets, as in (a/b)^2"
        return _at(token, "it is not clear what this exponent belongs to", help)
    if kind == "AMP" or kind == "ROW":
        return _at(
            token, f"'{word}' stands inside a formula", "cut the formula between brackets, not inside them"
        )
    if kind in _SIGNS and expected & _STARTS:
        return _at(token, f"a value is missing before '{word}'")
    if kind in _CLOSERS and expected & _STARTS:
        return _at(token, f"a value is missing before '{word}'")
    if kind == "SIM":
        return _at(token, "'\\sim' belongs under an expectation", "as in \\mathbb{E}_{a \\sim P}[g(a)]")
    return _at(token, f"'{word}' cannot stand here")


def _open_integral(tokens: list[Token], before: Token) -> bool:
    begin = before.start_pos or 0
    return any(t.type == "INT" and (t.start_pos or 0) < begin for t in tokens)


def _ends_early(tokens: list[Token], end: int, expected: set[str]) -> Unreadable:
    if "DEE" in expected and any(t.type == "INT" for t in tokens):
        at = next(t for t in tokens if t.type == "INT")
        return _at(
            at, "this integral is without its differential", "end the integrand with da (or \\,\\mathrm{d}a)"
        )
    return Unreadable("the formula ends too early", max(0, end - 1), end, "something is missing at the end")
