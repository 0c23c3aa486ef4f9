"""Text to a syntax tree, by the grammar in ``expressions.lark``: every refusal has a position and a hint.

SymPy is not needed here and Lark is imported only when the first text is read.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import BadExpression

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MAX_LENGTH = 10_000
MAX_BRACKETS = 200  # parentheses inside parentheses
MAX_DEPTH = 100  # functions inside functions: SymPy recurses several Python frames for each

_NAME = re.compile(r"[^\W\d]\w*(?:\[\d+(?:,\d+)*\])?")
_STARTS_A_VALUE = ("NAME", "NUMBER", "INTEGER", "LPAR", "PIECEWISE", "LOGIC", "EQUALITY", "TRUTH")

_CHARACTERS = {
    "^": "write ** for a power, as in a**2",
    "=": "an expression has no '='; an equality in a Piecewise is Eq(a, 0)",
    "!": "there is no factorial here",
    "{": "use parentheses ( )",
    "}": "use parentheses ( )",
    "[": "brackets only index a vector, as in mu[0]; to group, use parentheses ( )",
    "]": "brackets only index a vector, as in mu[0]; to group, use parentheses ( )",
    ".": "write functions without a module, exp(a); numbers like 0.5",
    "%": "1% is written 1/100",
    "×": "write * for a product",
    "·": "write * for a product",
    "−": "write - (the ASCII minus)",
    "÷": "write / for a quotient",
    "√": "write sqrt(a)",
    "'": "quotes do not belong in an expression",
    '"': "quotes do not belong in an expression",
    "\\": "this is not LaTeX: write exp(a), sqrt(a), a**2",
}


def read(text: str) -> Tree[Token]:
    """The syntax tree of ``text``; raises ``BadExpression`` with the offending column."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    line = re.sub(r"\s", " ", text)
    _bounded(line)
    try:
        tree = _parser().parse(line)
    except UnexpectedCharacters as error:
        raise _bad_character(line, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        raise _bad_token(line, error.token, set(error.accepts or error.expected)) from None
    _refuse_deep(line, tree)
    return tree.children[0]  # type: ignore[return-value]  # the rule `start` has exactly one subtree


@cache
def _parser() -> Lark:
    from lark import Lark

    grammar = Path(__file__).with_name("expressions.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=False)


def symbols_in(text: str) -> set[str]:
    """The names in ``text`` that are not followed by a parenthesis, as functions are.

    >>> sorted(symbols_in("exp(-k*a**2) + p[0]"))
    ['a', 'k', 'p[0]']
    """
    return set(re.findall(rf"{_NAME.pattern}(?![\w\[]|\s*\()", text))


def position(tree: Tree[Token] | Token) -> int:
    """The column of the first token of a subtree (0 where it has none)."""
    while not isinstance(tree, str):
        if not tree.children:
            return 0
        tree = tree.children[0]
    return tree.start_pos or 0


def assignments(text: str) -> dict[str, tuple[str, int]]:
    """``mu=1/2,L[1,0]=2`` as texts by name, each with its column; SymPy is not needed.

    Raises ``BadExpression`` for a part that is no assignment, or a name given twice.
    """
    found: dict[str, tuple[str, int]] = {}
    for start, part in split_at_commas(text):
        name, equals, value = part.partition("=")
        key = "".join(name.split())
        if not equals or not _NAME.fullmatch(key):
            raise BadExpression("a value is written name=number", text, start, "as in mu=1/2,sigma=2")
        if key in found:
            raise BadExpression(f"{key} is given twice", text, start)
        found[key] = (value, start + len(name) + 1)
    return found


def split_at_commas(text: str) -> list[tuple[int, str]]:
    """The parts between the commas outside brackets, each with the column where it starts."""
    parts, start, depth = [], 0, 0
    for column, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append((start, text[start:column]))
            start = column + 1
    return [*parts, (start, text[start:])]


def listed(text: str | None) -> tuple[str, ...] | None:
    """``mu,L[1,0]`` as names."""
    if text is None:
        return None
    return tuple("".join(part.split()) for _, part in split_at_commas(text))


def _bounded(line: str) -> None:
    if not line.strip():
        raise BadExpression("the expression is empty", line, 0, "write one in the sample a, such as a**2")
    if len(line) > MAX_LENGTH:
        raise BadExpression(
            f"the expression has {len(line)} characters, more than {MAX_LENGTH}", line[:80], 79
        )
    depth = 0
    for column, character in enumerate(line):
        depth += (character in "([") - (character in ")]")
        if depth > MAX_BRACKETS:
            raise BadExpression(f"more than {MAX_BRACKETS} parentheses are open here", line, column)


def _refuse_deep(line: str, tree: Tree[Token]) -> None:
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.children if not isinstance(child, str)]
        if not level:
            return
    raise BadExpression(f"nested more than {MAX_DEPTH} deep", line, position(level[0]))


def _bad_character(line: str, column: int) -> BadExpression:
    character = line[column]
    if line.startswith("//", column):
        help = "there is no floor division; write / for an exact quotient"
    else:
        help = _CHARACTERS.get(character, "an expression has numbers, names, + - * / ** and parentheses")
    return BadExpression(f"'{character}' has no meaning here", line, column, help)


def _bad_token(line: str, token: Token, expected: set[str]) -> BadExpression:
    if token.type == "$END":
        return _ends_early(line)
    column = token.start_pos or 0
    message, help = _explain(line, token, column, expected)
    return BadExpression(message, line, column, help)


def _ends_early(line: str) -> BadExpression:
    if line.count("(") > line.count(")"):
        return BadExpression("a parenthesis is not closed", line, len(line), "add a ')'")
    return BadExpression("the expression ends too early", line, len(line), "something is missing at the end")


def _explain(line: str, token: Token, column: int, expected: set[str]) -> tuple[str, str | None]:
    kind = token.type
    if "TIMES" in expected and kind in _STARTS_A_VALUE:
        left = re.search(r"[\w.\]]+$|\)$", line[:column].rstrip())
        shown = f"{left[0] if left else ''}*{token}"
        help = f"a product is written with *: {shown}; a function with parentheses: exp(a)"
        return f"an operator is missing before '{token}'", help
    if kind == "COMPARE":
        help = "comparisons belong in Piecewise((value, a > 0), (0, True)); a step is Heaviside(a)"
        return f"the comparison '{token}' is not a value", help
    if kind in ("AND", "OR"):
        help = "put each comparison in parentheses, (a > 0) & (a < 1); an absolute value is Abs(a)"
        return f"'{token}' joins conditions of a Piecewise only", help
    if kind == "RPAR" and line[:column].count("(") <= line[:column].count(")"):
        return "this ')' closes nothing", None
    if kind == "RPAR" and expected == {"COMPARE"}:
        return "a condition is missing its comparison", "as in Piecewise((a, a > 0), (0, True))"
    if kind == "COMMA":
        return "this ',' separates nothing", "commas stand between the arguments of a function"
    if kind in ("SIGN", "TIMES", "POWER", "RPAR"):
        return f"a value is missing before '{token}'", None
    return f"'{token}' has no meaning here", _CHARACTERS.get(str(token)[:1])
