"""Formulas as MathML: Typst writes it, in one call for all formulas of a build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from checks.site.errors import DocumentError, missing_extra

# A dictionary of some ten thousand formulas is a call of a second; a longer one is cut into several.
BATCH = 4000

_BLOCK = re.compile(r'<div id="f(\d+)">(.*?)</div>', re.DOTALL)
_MATH = re.compile(r"<math.*</math>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class MathML:
    """``inline`` and ``display`` MathML of Typst formulas, and the style sheet that they need."""

    def __init__(self, formulas: Iterable[str]) -> None:
        found = list(dict.fromkeys(formulas))
        self.css = ""
        self._known: dict[str, str] = {}
        for start in range(0, len(found), BATCH):
            self._known |= self._compiled(found[start : start + BATCH])

    def inline(self, formula: str) -> str:
        """``<math>`` in running text; raises ``KeyError`` for a formula that was not announced."""
        return self._known[formula]

    def display(self, formula: str) -> str:
        """``<math display="block">``, which is what a whole line is written in."""
        return self._known[formula].replace("<math", '<math display="block"', 1)

    def _compiled(self, formulas: list[str]) -> dict[str, str]:
        document = "\n".join(
            f'#html.elem("div", attrs: (id: "f{i}"))[${formula}$]' for i, formula in enumerate(formulas)
        )
        page = compiled(document, "html").decode()
        style = _STYLE.search(page)
        self.css = style[1] if style else ""
        made = {int(number): _MATH.search(inner) for number, inner in _BLOCK.findall(page)}
        missing = [f for i, f in enumerate(formulas) if made.get(i) is None]
        if missing:
            raise DocumentError(f"Typst wrote no MathML for {missing[0]}", "please report it: it is a bug")
        return {formula: math[0] for i, formula in enumerate(formulas) if (math := made[i]) is not None}


def compiled(document: str, form: str, files: Mapping[str, bytes] | None = None) -> bytes:
    """A Typst document in another format; ``files`` are figures that it reads, by name.

    Raises ``DocumentError`` with Typst's own words, and where the extra is not installed.
    """
    try:
        import typst
    except ImportError:
        raise missing_extra("typst") from None
    inputs = {"main.typ": document.encode(), **(files or {})}
    compile_: Any = typst.compile  # its annotations know of one file only; it takes several by name
    try:
        made: bytes = compile_(inputs, format=form)
    except typst.TypstError as error:
        message = f"Typst refused the document: {error}"
        raise DocumentError(message, "please report it: it is a bug") from error
    return made
