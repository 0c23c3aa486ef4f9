"""Where the formulas stand in Markdown and LaTeX: displays, environments, and formulas alone on a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.written.document import Form
from derive.written.source import Source
from derive.written.unreadable import Unreadable

ENVIRONMENTS = (
    "align|alignat|flalign|aligned|alignedat|equation|eqnarray|gather|gathered|multline|split|displaymath"
    "|math"
)
_FENCE = re.compile(
    r"^([ \t>]*)(`{3,}|~{3,})[ \t]*([\w{}.-]*)[^\n]*\n(.*?)(?:^[ \t>]*\2[`~]*[ \t]*$|\Z)", re.M | re.DOTALL
)
_PICTURE = re.compile(r"!\[[^\]\n]{0,100}\]\([^)\n]{0,1000}\)|\\includegraphics\b|<img\b")
# What is no formula, from its opening to its closing.
_HIDDEN_MARKDOWN = (("<!--", "-->"),)
_HIDDEN_LATEX = tuple(
    (f"\\begin{{{e}}}", f"\\end{{{e}}}") for e in ("verbatim", "lstlisting", "minted", "comment")
)
_INLINE = re.compile(
    r"(?:[-*+•][ \t]+|\d{1,3}[.)][ \t]+|\\item(?:\[[^\]]{0,40}\])?[ \t]*)?"
    r"(?:\$`(?P<tick>[^`]+)`\$|\$(?P<dollar>(?:\\.|[^$\\])+)\$|\\\((?P<paren>.+?)\\\))(?P<after>[^$]*)$"
)
Found = tuple[tuple[int, int], tuple[int, int], str]
MAX_BLOCKS = 1_000  # displays in one text
MAX_DISPLAY = 50_000  # characters of one display
MAX_INLINE = 5_000  # characters of a line with a formula
_DISPLAYS = (("$$", "$$"), ("\\[", "\\]"))


@dataclass(frozen=True, slots=True)
class Block:
    """A display in ``view[start:end]``, what was said before it, and what stands behind it on its line.

    ``view`` is the source with comments and marks of quotation blanked: its offsets are the source's.
    """

    source: Source
    start: int
    end: int
    view: str = ""
    before: str = ""
    after: str = ""


def blocks_of(
    source: Source, form: Form, begin: int = 0
) -> tuple[list[Block], list[Unreadable], list[tuple[int, str]]]:
    """The blocks of a text from ``begin`` on, what is broken about them, and the comments."""
    text, comments = _without_comments(source.text, form, begin)
    found, problems = _displays(text, form)
    taken = _blanked(text, [outer for outer, _, _ in found])
    inline = _inline(taken)
    problems += [_picture(m) for m in _PICTURE.finditer(taken)]
    everything = sorted([*found, *inline], key=lambda b: b[0][0])
    blocks, last = [], begin
    for (begins, ends), (start, end), after in everything:
        blocks.append(Block(source, start, end, text, _said(text[last:begins]), after.strip()))
        last = ends
    return blocks, problems, comments


def _picture(found: re.Match[str]) -> Unreadable:
    return Unreadable(
        "a picture cannot be read", found.start(), found.end(), "type the formulas that it shows"
    )


def _inline(text: str) -> list[Found]:
    """The formulas with an equality sign that stand alone on a line, perhaps as an item or with a remark."""
    found: list[Found] = []
    at = 0
    for line in text.split("\n"):
        bare = line.lstrip(" \t")
        if "=" in bare and bare and len(bare) < MAX_INLINE and ("$" in bare or "\\(" in bare):
            match = _INLINE.match(bare)
            if match is not None:
                begin = at + len(line) - len(bare)
                name = next(n for n in ("tick", "dollar", "paren") if match[n] is not None)
                inner = (begin + match.start(name), begin + match.end(name))
                if "=" in match[name]:
                    found.append(((begin, begin + len(bare)), inner, match["after"]))
        at += len(line) + 1
    return found


def _said(prose: str) -> str:
    """The last line of prose before a formula, as a note on it."""
    lines = [line.strip(" \t>#*-") for line in prose.splitlines()]
    last = next((line for line in reversed(lines) if line and not line.startswith(("\\", "|"))), "")
    return last[-200:]


def _without_comments(text: str, form: Form, begin: int) -> tuple[str, list[tuple[int, str]]]:
    """The text with everything that is no formula blanked, offsets kept; and LaTeX's comments."""
    text = " " * begin + text[begin:]
    text = _hidden(text, _HIDDEN_LATEX if form == "tex" else _HIDDEN_MARKDOWN)
    if form != "tex":
        text = _FENCE.sub(_fenced, text)
        return re.sub(r"^[ \t>]*>", lambda m: _blank(m[0]), text, flags=re.M), []
    document = text.find("\\begin{document}")
    if document >= 0:
        text = _blank(text[:document]) + text[document:]
    spans = _comments(text)
    return _blanked(text, spans), [(start, text[start:end].strip("% \t")) for start, end in spans]


def _hidden(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    spans = []
    for opening, closing in pairs:
        at = text.find(opening)
        while at >= 0 and (end := text.find(closing, at)) >= 0:
            spans.append((at, end + len(closing)))
            at = text.find(opening, end)
    return _blanked(text, sorted(spans))


def _comments(text: str) -> list[tuple[int, int]]:
    """From each ``%`` that no backslash escapes to the end of its line."""
    spans = []
    at = text.find("%")
    while at >= 0:
        before = at
        while before > 0 and text[before - 1] == "\\":
            before -= 1
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if (at - before) % 2 == 0:
            spans.append((at, end))
            at = text.find("%", end)
        else:
            at = text.find("%", at + 1)
    return spans


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with some pieces, in order, replaced by spaces."""
    made, last = [], 0
    for start, end in spans:
        made += [text[last:start], _blank(text[start:end])]
        last = max(last, end)
    return "".join(made) + text[last:]


def _fenced(found: re.Match[str]) -> str:
    """A ``math`` fence becomes a display of the same length; every other fence is code."""
    if found[3].strip("{}.") not in ("math", "latex", "tex"):
        return _blank(found[0])
    whole, (start, end) = found[0], found.span(4)
    head = _blank(whole[: start - found.start()])
    tail = _blank(whole[end - found.start() :])
    head = head[:-3] + "$$" + head[-1:]
    closing = "$$" + tail[2:] if len(tail) >= 2 else "$$"
    return head + found[4].replace("$", " ") + closing


def _displays(text: str, form: Form) -> tuple[list[Found], list[Unreadable]]:
    """The displays from first to last, each with its whole extent and that of its content."""
    found: list[Found] = []
    problems: list[Unreadable] = []
    at, missing = 0, set[str]()
    opening = re.compile(rf"\\\\|\\\$|\$\$|\\\[|\\begin\{{(?:{ENVIRONMENTS})\*?\}}")
    while (match := opening.search(text, at)) is not None:
        word = match[0]
        if len(found) >= MAX_BLOCKS or len(problems) >= MAX_BLOCKS:
            message = f"more than {MAX_BLOCKS} formulas: the rest is not read"
            problems.append(Unreadable(message, match.start(), match.end(), "split the document"))
            break
        if word in ("\\\\", "\\$") or (
            word == "\\[" and form != "tex" and not _heads_line(text, match.start())
        ):
            at = match.end()
            continue
        close = _closing(word)
        end = -1 if close in missing else text.find(close, match.end())
        if end - match.end() > MAX_DISPLAY:
            message = f"this display has more than {MAX_DISPLAY:,} characters"
            problems.append(Unreadable(message, match.start(), match.end(), "split it"))
            at = end + len(close)
            continue
        if end < 0:
            missing.add(close)
            help = f"end it with {close}"
            problems.append(
                Unreadable(
                    f"this display, opened by '{word}', is not closed", match.start(), match.end(), help
                )
            )
            at = match.end()
            continue
        inner = (match.start(), end + len(close)) if word.startswith("\\begin") else (match.end(), end)
        after = text[end + len(close) : end + len(close) + 200].partition("\n")[0]
        found.append(
            (
                (match.start(), end + len(close)),
                inner,
                after if "$" not in after and "\\" not in after else "",
            )
        )
        at = end + len(close)
    return found, problems


def _heads_line(text: str, at: int) -> bool:
    """Whether nothing stands before on the line: elsewhere in Markdown ``\\[`` is a bracket."""
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()


def _closing(word: str) -> str:
    for opening, closing in _DISPLAYS:
        if word == opening:
            return closing
    return word.replace("\\begin", "\\end")
