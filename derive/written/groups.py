"""The lower half of the lexer: braces, arguments, letters and digits, with positions and bounds.

A TeX argument becomes ``AOPEN ... ACLOSE`` whether it was braced or one letter; other braces leave no trace,
as on paper. Nothing here knows what was declared but whether ``d`` and ``E`` are somebody's symbols.
"""

from __future__ import annotations

import re

from lark import Token

from derive.written import commands as c
from derive.written.unreadable import Unreadable

MAX_TOKENS = 4_000
MAX_GROUPS = 60  # braces inside braces

LEXEME = re.compile(r"\s+|~|\\[A-Za-z]+\*?|\\.|[0-9]+(?:\.[0-9]+)?|.", re.DOTALL)
_PRIMES = re.compile(r"\^\s*(?:\{\s*((?:\\prime\s*)+)\}|(\\prime)(?![A-Za-z]))")


class Groups:
    """The reading of groups, arguments and single characters; a subclass reads the commands."""

    def __init__(self, text: str, start: int, end: int, symbols: frozenset[str] = frozenset()) -> None:
        self.text, self.at, self.end = text, start, end
        self.symbols = symbols
        self.tokens: list[Token] = []
        self.notes: list[tuple[int, str]] = []
        self.depth = 0

    def run(self) -> list[Token]:
        """All tokens; raises ``Unreadable`` for an unknown command, an open brace, or too much."""
        self._until_close(None)
        return self.tokens

    # Groups and arguments ----------------------------------------------------------------------------

    def _until_close(self, opened: int | None) -> None:
        """Read to the end, or to the brace that closes the one at ``opened``."""
        self.depth += 1
        if self.depth > MAX_GROUPS:
            raise Unreadable(f"more than {MAX_GROUPS} braces are open here", self.at, self.at + 1)
        while self.at < self.end:
            if self.text[self.at] == "}":
                if opened is None:
                    raise Unreadable(
                        "this '}' closes nothing", self.at, self.at + 1, "remove it, or open a '{'"
                    )
                self.at += 1
                self.depth -= 1
                return
            self._one()
        if opened is not None:
            raise Unreadable("this '{' is not closed", opened, opened + 1, "add a '}'")
        self.depth -= 1

    def _argument(self, what: str) -> None:
        """One TeX argument as ``AOPEN ... ACLOSE``: a group in braces, or a single letter or command."""
        self._skip_spaces()
        if self.at >= self.end or self.text[self.at] in "}&":
            raise Unreadable(f"{what} is missing its argument", self.at - 1, self.at, "add it in braces { }")
        self._emit("AOPEN", self.at, self.at)
        if self.text[self.at] == "{":
            opened = self.at
            self.at += 1
            self._until_close(opened)
        elif self.text[self.at].isdigit():
            self._emit("NUMBER", self.at, self.at + 1)
            self.at += 1
        else:
            self._one()
        self._emit("ACLOSE", self.at, self.at)

    def _raw_argument(self, what: str) -> tuple[str, int]:
        """The characters of one argument, and where they begin."""
        self._skip_spaces()
        if self.at >= self.end:
            raise Unreadable(f"{what} is missing its argument", self.at - 1, self.at, "add it in braces { }")
        begin = self.at
        if self.text[begin] != "{":
            found = LEXEME.match(self.text, begin, self.end)
            assert found is not None  # there is at least one character
            self.at = found.end()
            return found[0], begin
        level = 0
        while self.at < self.end:
            level += (self.text[self.at] == "{") - (self.text[self.at] == "}")
            self.at += 2 if self.text[self.at] == "\\" else 1
            if level == 0:
                return self.text[begin + 1 : self.at - 1], begin + 1
        raise Unreadable("this '{' is not closed", begin, begin + 1, "add a '}'")

    def _skip_spaces(self) -> None:
        while self.at < self.end and (self.text[self.at].isspace() or self.text[self.at] == "~"):
            self.at += 1

    def _emit(self, kind: str, start: int, end: int, value: str | None = None) -> None:
        if len(self.tokens) >= MAX_TOKENS:
            raise Unreadable(
                f"this formula has more than {MAX_TOKENS} signs", start, end, "split it into lines"
            )
        self.tokens.append(
            Token(kind, self.text[start:end] if value is None else value, start_pos=start, end_pos=end)
        )

    # One lexeme --------------------------------------------------------------------------------------

    def _one(self) -> None:
        primes = _PRIMES.match(self.text, self.at, self.end)
        if primes:
            for _ in range((primes[1] or primes[2]).count("\\prime")):
                self._emit("PRIME", self.at, primes.end())
            self.at = primes.end()
            return
        found = LEXEME.match(self.text, self.at, self.end)
        assert found is not None  # the loop ends before the end of the text
        begin, lexeme = self.at, found[0]
        self.at = found.end()
        if lexeme.isspace() or lexeme == "~":
            return
        if lexeme == "{":
            self._until_close(begin)
        elif lexeme in "_^" and lexeme:
            self._emit("SUB" if lexeme == "_" else "SUP", begin, self.at)
            self._argument("this script")
        elif lexeme[0] == "\\" and len(lexeme) > 1:
            self._command(lexeme, begin)
        else:
            self._character(lexeme, begin)

    def _character(self, lexeme: str, begin: int) -> None:
        if lexeme[0].isdigit():
            if self.tokens and self.tokens[-1].type == "ACLOSE" and self._unbraced_digit(begin):
                raise Unreadable(
                    f"only the first digit belongs to the script before '{lexeme}'", begin, self.at,
                    "put the whole number in braces, as in a^{12}",
                )  # fmt: skip
            self._emit("NUMBER", begin, self.at)
        elif lexeme in c.DELIMITERS:
            self._emit(c.DELIMITERS[lexeme], begin, self.at)
        elif lexeme == "&":
            self._emit("AMP", begin, self.at)
        elif lexeme == ":" and self.text.startswith(":=", begin):
            self.at = begin + 2
            self._emit("EQ", begin, self.at)
        elif lexeme == ":":
            self._emit("COLON", begin, self.at)
        elif lexeme in c.SYMBOLS:
            self._emit(c.SYMBOLS[lexeme], begin, self.at)
        elif lexeme.isalpha():
            self._letter(lexeme, begin)
        elif lexeme == "∞":
            self._emit("INFTY", begin, self.at)
        else:
            raise Unreadable(f"'{lexeme}' has no meaning here", begin, self.at)

    def _unbraced_digit(self, begin: int) -> bool:
        """Whether a script of one bare digit ends right here: ``a^12``."""
        return begin > 0 and self.text[begin - 1].isdigit()

    def _letter(self, letter: str, begin: int) -> None:
        if letter == "d" and "d" not in self.symbols:
            self._emit("DEE", begin, self.at)
        elif letter == "E" and "E" not in self.symbols:
            self._emit("EXPECT", begin, self.at)
        elif letter.isascii():
            self._emit("NAME", begin, self.at)
        else:
            raise Unreadable(
                f"'{letter}' is not read", begin, self.at, "write it as a command, such as \\theta"
            )

    def _command(self, lexeme: str, begin: int) -> None:
        raise AssertionError("a subclass reads the commands")
