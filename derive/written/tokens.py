"""LaTeX to tokens with positions: fonts, spaces and sizes are settled here, so that the grammar is small."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import ClassVar

from derive.written import commands as c
from derive.written.groups import LEXEME, Groups
from derive.written.unreadable import Unreadable

_SKIPPED_WORDS = frozenset(("for", "if", "when", "falls", "wenn", "where", ""))
_OTHERWISE = frozenset(("otherwise", "else", "sonst"))
_AND, _OR = frozenset(("and", "und")), frozenset(("or", "oder"))


class Lexer(Groups):
    """The tokens of ``text[start:end]``; ``notes`` collects the words in ``\\text{...}`` and over signs."""

    def _command(self, lexeme: str, begin: int) -> None:
        name = c.SAME_LETTER.get(lexeme[1:], lexeme[1:])
        kind = c.COMMANDS.get(name)
        if lexeme in c.DELIMITERS:
            self._emit(c.DELIMITERS[lexeme], begin, self.at)
        elif name in c.SILENT or (name in c.TRANSPARENT):
            return
        elif kind is not None:
            self._operator(kind, begin)
        elif name in c.GREEK:
            self._emit("NAME", begin, self.at, name)
        elif name in c.FUNCTION_COMMANDS:
            self._emit("FUN", begin, self.at, c.FUNCTION_COMMANDS[name])
        else:
            self._special(name, begin)

    def _operator(self, kind: str, begin: int) -> None:
        self._emit(kind, begin, self.at)
        word = self.text[begin : self.at]
        if kind == "FRAC":
            self._argument(word)
            self._argument(word)
        elif kind == "SQRT":
            self._root()

    def _root(self) -> None:
        self._skip_spaces()
        if self.text.startswith("[", self.at) and self.at < self.end:
            close = self.text.find("]", self.at, self.end)
            if close < 0:
                raise Unreadable("this '[' is not closed", self.at, self.at + 1, "add a ']'")
            self._emit("ROOT", self.at + 1, close)
            self.at = close + 1
        self._argument("\\sqrt")

    def _special(self, name: str, begin: int) -> None:
        handlers: tuple[tuple[object, Callable[[str, int], None]], ...] = (
            (c.SIZES, self._size), (c.FONTS, self._font), (c.TEXTS, self._text), (c.ACCENTS, self._accent),
            (c.DROPPED, self._dropped), (c.ANNOTATED, self._annotated), (c.BRACED, self._braced),
            (("begin", "end"), self._environment), (("arg", "argmax"), self._argmax),
            (("\\",), self._row),
        )  # fmt: skip
        for names, handle in handlers:
            if name in names:  # type: ignore[operator]  # each is a set, a dict or a tuple of names
                handle(name, begin)
                return
        raise self._unknown(name, begin)

    def _unknown(self, name: str, begin: int) -> Unreadable:
        if name in c.UNREAD:
            return Unreadable(f"\\{name} is not read", begin, self.at, c.UNREAD[name])
        if name in c.NOT_EQUALITIES:
            what = c.NOT_EQUALITIES[name]
            help = "only equalities are judged: write '=' if the two sides are equal"
            return Unreadable(f"\\{name} claims {what}, not an equality", begin, self.at, help)
        known = [*c.COMMANDS, *c.GREEK, *c.FUNCTION_COMMANDS, *c.FONTS, *c.TEXTS, *c.ACCENTS, *c.SIZES]
        near = get_close_matches(name, known, n=1, cutoff=0.7)
        help = (
            f"did you mean \\{near[0]}?"
            if near
            else "type the formula with \\frac, \\int, \\sum, \\mathbb{E} and the like"
        )
        return Unreadable(f"the command \\{name} is not known", begin, self.at, help)

    def _size(self, name: str, begin: int) -> None:
        self._skip_spaces()
        found = LEXEME.match(self.text, self.at, self.end)
        lexeme = found[0] if found else ""
        if lexeme == "." and name in ("left", "right"):
            self.at += 1
            if name == "right":
                raise Unreadable(
                    "\\right. closes with nothing", begin, self.at, "close with the bracket's partner"
                )
            self._emit("LDOT", begin, self.at)
            return
        kind = c.DELIMITERS.get(lexeme)
        if kind is None:
            raise Unreadable(
                f"\\{name} stands before no bracket", begin, self.at, "put ( [ \\{ or | after it"
            )
        self.at += len(lexeme)
        if kind == "BAR":
            side = {"left": "LBAR", "right": "RBAR", "middle": "MID"}.get(name, "BAR")
            kind = {"l": "LBAR", "r": "RBAR", "m": "MID"}.get(name[-1], side) if name[0] in "bB" else side
        self._emit(kind, begin, self.at)

    def _font(self, name: str, begin: int) -> None:
        content, inside = self._raw_argument(f"\\{name}")
        word = content.strip().lstrip("\\")
        while (nested := re.fullmatch(r"([a-z]+)\s*(?:\{(.*)\}|([A-Za-z0-9]))", word)) and nested[
            1
        ] in c.FONTS:
            name, word = nested[1], (nested[2] or nested[3]).strip().lstrip("\\")
        greek = word in c.GREEK and content.strip()[:1] in "\\{"
        kind, value = self._named(name, "".join(re.sub(r"\\[,;! ]", "", word).split()), greek)
        if kind is None:
            raise Unreadable(f"'{content.strip()}' is not read in \\{name}", inside, self.at)
        self._emit(kind, begin, self.at, value)

    def _named(self, font: str, word: str, greek: bool = False) -> tuple[str | None, str]:
        """What a letter or word in a font is: an operator, a function, or the name of something."""
        word = c.SAME_LETTER.get(word, word)
        if word == "E" and font != "mathcal":
            return "EXPECT", word
        if word in ("1", "I") and font in ("mathbb", "mathbf", "mathbbm", "bm", "boldsymbol"):
            return "INDICATOR", word
        if word == "1" and font in ("mathrm", "operatorname"):
            return "INDICATOR", word
        if word == "d":
            return "DEE", word
        if (word == "P" and font == "mathbb") or word == "Pr":
            return "PROB", word
        if word in ("argmax", "argmin"):
            return "ARGMAX" if word == "argmax" else None, word
        if word in c.FUNCTION_WORDS and (len(word) > 1 or font == "operatorname"):
            return "FUN", c.FUNCTION_WORDS[word]
        if not re.fullmatch(r"[A-Za-z][\w\-]*", word):
            return None, word
        prefix = {"mathcal": "cal:", "mathscr": "cal:", "mathbb": "bb:", "mathfrak": "frak:"}.get(font, "")
        return "NAME", f"{prefix or 'word:' * (len(word) > 1 and not greek)}{word}"

    def _text(self, name: str, begin: int) -> None:
        content, _ = self._raw_argument(f"\\{name}")
        words = content.strip().strip(",.;:()").strip().lower()
        self._skip_spaces()
        called = re.compile(r"(\\left)?\s*\(").match(self.text, self.at, self.end)
        if called and re.fullmatch(r"[A-Za-z]+", content.strip()):
            kind, value = self._named("mathrm", content.strip())
            self._emit(kind or "NAME", begin, self.at, value)
        elif words in _OTHERWISE:
            self._emit("OTHERWISE", begin, self.at)
        elif words in _AND or words in _OR:
            self._emit("AND" if words in _AND else "OR", begin, self.at)
        elif words not in _SKIPPED_WORDS:
            self.notes.append((begin, content.strip()))

    def _accent(self, name: str, begin: int) -> None:
        content, inside = self._raw_argument(f"\\{name}")
        word = content.strip().lstrip("\\")
        word = c.SAME_LETTER.get(word, word)
        if not re.fullmatch(r"[A-Za-z]+", word):
            raise Unreadable(f"\\{name} belongs over a single letter", inside, self.at)
        self._emit("NAME", begin, self.at, f"{name.replace('wide', '')}:{word}")

    def _dropped(self, name: str, begin: int) -> None:
        for _ in range(c.DROPPED[name]):
            self._raw_argument(f"\\{name}")

    def _annotated(self, name: str, begin: int) -> None:
        """``\\overset{note}{=}``: the note is kept apart, the sign is read."""
        content, _ = self._raw_argument(f"\\{name}")
        words = re.sub(r"\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}", r"\1", content).strip()
        if name == "underset":
            self._underset(content, begin)
            return
        if words.strip("!?. "):
            self.notes.append((begin, words))
        self._skip_spaces()
        if self.text.startswith("{", self.at):
            opened = self.at
            self.at += 1
            self._until_close(opened)
        elif self.at < self.end:
            self._one()

    def _underset(self, content: str, begin: int) -> None:
        """``\\underset{a\\sim P}{\\mathbb E}`` is ``\\mathbb E_{a\\sim P}``."""
        inside = self.text.index(content, begin)
        after = self.at
        self._argument("\\underset")
        self.tokens = [t for i, t in enumerate(self.tokens) if not self._wraps(i, after)]
        sub = Lexer(self.text, inside, inside + len(content), self.symbols)
        self._emit("SUB", begin, inside)
        self._emit("AOPEN", inside, inside)
        self.tokens += sub.run()
        self._emit("ACLOSE", inside, inside)

    def _wraps(self, index: int, after: int) -> bool:
        token = self.tokens[index]
        return token.type in ("AOPEN", "ACLOSE") and (token.start_pos or 0) >= after

    def _braced(self, name: str, begin: int) -> None:
        """``\\underbrace{x}_{note}`` is ``x``."""
        self._skip_spaces()
        if not self.text.startswith("{", self.at):
            raise Unreadable(f"\\{name} is missing its argument", begin, self.at, "add it in braces { }")
        opened = self.at
        self.at += 1
        self._until_close(opened)
        self._skip_spaces()
        if self.at < self.end and self.text[self.at] in "_^":
            self.at += 1
            self.notes.append((begin, self._raw_argument(f"\\{name}")[0]))

    _INSIDE: ClassVar[dict[str, str]] = {"cases": "CASES", "dcases": "CASES"}

    def _environment(self, name: str, begin: int) -> None:
        content, _ = self._raw_argument(f"\\{name}")
        kind = self._INSIDE.get(content.strip().rstrip("*"))
        if kind is None:
            raise Unreadable(
                f"the environment '{content.strip()}' is not read inside a formula", begin, self.at,
                "cases is; vectors and matrices are written entry by entry, as in \\mu_0 and \\mu_1",
            )  # fmt: skip
        self._emit(kind if name == "begin" else "ENDCASES", begin, self.at)

    def _argmax(self, name: str, begin: int) -> None:
        self._skip_spaces()
        rest = re.compile(r"(?:\\,|\\!|\s)*\\(max|min)(?![A-Za-z])").match(self.text, self.at, self.end)
        if name == "arg" and (rest is None or rest[1] == "min"):
            raise Unreadable("\\arg is read before \\max only", begin, self.at)
        if rest is not None and name == "arg":
            self.at = rest.end()
        self._emit("ARGMAX", begin, self.at)

    def _row(self, name: str, begin: int) -> None:
        if self.text.startswith("[", self.at):
            self.at = max(self.at, self.text.find("]", self.at, self.end) + 1)
        self._emit("ROW", begin, self.at)
