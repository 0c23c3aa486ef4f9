"""What each vertical bar means: absolute value, "given", or "evaluated at"; settled before the grammar."""

from __future__ import annotations

from lark import Token

from derive.written.unreadable import Unreadable

_OPENS = frozenset(("LPAR", "LBRACK", "LBRACE", "AOPEN", "CASES", "LBAR"))
_CLOSES = frozenset(("RPAR", "RBRACK", "RBRACE", "ACLOSE", "ENDCASES", "RBAR"))
_ENDS_A_VALUE = _CLOSES | {"NAME", "NUMBER", "PRIME", "BANG", "INFTY"}


def settled(tokens: list[Token]) -> list[Token]:
    """The tokens with every bare bar an ``LBAR``, ``RBAR``, ``MID`` or ``EVAL``.

    Inside one bracket a single bar is "given" (or "evaluated at", if a subscript follows) and two are an
    absolute value; three could be either, and are refused.
    """
    made = list(tokens)
    groups: list[list[int]] = [[]]
    for i, token in enumerate(tokens):
        if token.type in _OPENS:
            groups.append([])
        elif token.type in _CLOSES and len(groups) > 1:
            _settle(made, groups.pop())
        elif token.type == "BAR":
            groups[-1].append(i)
    while groups:
        _settle(made, groups.pop())
    return made


def _settle(tokens: list[Token], bars: list[int]) -> None:
    """Give the bars of one bracket their meaning."""
    if bars and tokens[bars[-1]].type == "BAR" and _subscripted(tokens, bars[-1]) and len(bars) % 2:
        last = bars.pop()
        tokens[last] = _as(tokens[last], "EVAL")
    if len(bars) == 1:
        tokens[bars[0]] = _as(tokens[bars[0]], "MID")
    elif len(bars) % 2:
        at = tokens[bars[0]]
        raise Unreadable(
            "these bars do not pair up", at.start_pos or 0, at.end_pos or 0,
            "write \\lvert x \\rvert for an absolute value and \\mid for 'given'",
        )  # fmt: skip
    else:
        for i, bar in enumerate(bars):
            tokens[bar] = _as(tokens[bar], "RBAR" if i % 2 else "LBAR")


def _subscripted(tokens: list[Token], i: int) -> bool:
    return (
        i + 1 < len(tokens) and tokens[i + 1].type == "SUB" and i > 0 and tokens[i - 1].type in _ENDS_A_VALUE
    )


def _as(token: Token, kind: str) -> Token:
    return Token(kind, str(token), start_pos=token.start_pos, end_pos=token.end_pos)
