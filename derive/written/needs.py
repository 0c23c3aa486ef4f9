"""Conditions that a line takes and that nobody stated, and assumptions that no line takes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sympy.core.relational import Relational

from derive.step import Condition
from derive.written.document import Document
from derive.written.verdict import LineVerdict

# What authors write, and the words of the conditions that it covers.
_COVERS = {
    "interchange": ("dominated", "converges uniformly", "no jump", "no end", "differentiable"),
    "exchange": ("dominated", "converges uniformly", "no jump", "no end", "differentiable"),
    "dominated": ("dominated", "converges uniformly"),
    "domination": ("dominated", "converges uniformly"),
    "regular": ("dominated", "no jump", "differentiable", "finite"),
    "smooth": ("differentiable", "no jump"),
    "differentiable": ("differentiable",),
    "continuous": ("no jump",),
    "integrable": ("finite", "integral of"),
    "finite": ("finite", "integral of"),
    "exists": ("finite", "integral of"),
    "positive": ("> 0",),
    "location": ("P((a - mu)/sigma)",),
    "reparam": ("P((a - mu)/sigma)",),
    "support": ("support", "ends of"),
}


def needs_of(conditions: Iterable[Condition], document: Document) -> tuple[str, ...]:
    """What a line needs beyond what the header states and the family's own domain gives."""
    stated = _stated(document)
    found: dict[str, None] = {}
    for condition in conditions:
        text = str(condition.statement)
        if condition.status == "proved" and not _is_relation(condition):
            continue
        if condition.evidence == "the domain of the family" or any(_covers(one, text) for one in stated):
            continue
        why = f" ({condition.evidence})" if condition.evidence else ""
        word = "which fails: " if condition.status == "failed" else ""
        found[f"{word}{text}{why}"] = None
    return tuple(found)


def unused_assumptions(document: Document, verdicts: tuple[LineVerdict, ...]) -> tuple[str, ...]:
    """Assumptions of the header that no condition of any line takes."""
    texts = [str(c.statement) for v in verdicts for c in v.conditions]
    subject = document.subject
    texts += [str(r) for r in subject.constraints] if subject is not None else []
    return tuple(a for a in document.header.assumptions if not any(_covers(a, text) for text in texts))


def _stated(document: Document) -> tuple[str, ...]:
    notes = (line.note for line in document.lines if line.note)
    return (*document.header.assumptions, *notes)


def _is_relation(condition: Condition) -> bool:
    """A relation between parameters that holds at the point: it is true here, and should be said."""
    return isinstance(condition.statement, Relational)


def _covers(assumption: str, condition: str) -> bool:
    said, asked = _plain(assumption), _plain(condition)
    if (said and said == asked) or _flipped(said) == asked:
        return True
    words = (covered for word, covers in _COVERS.items() if word in assumption.lower() for covered in covers)
    return any(word in condition for word in words)


def _plain(text: str) -> str:
    """Without spaces, LaTeX commands and the subscript of theta: ``\\sigma_\\theta > 0`` is ``sigma>0``."""
    bare = re.sub(r"[\\\s{}$]", "", text).replace("_theta", "").replace("(theta)", "")
    return bare.replace("gt", ">").replace("lt", "<") if re.search(r"\\[gl]t\b", text) else bare


def _flipped(text: str) -> str:
    """``0<sigma`` for ``sigma>0``."""
    found = re.fullmatch(r"(.+?)([<>])(.+)", text)
    return f"{found[3]}{'<' if found[2] == '>' else '>'}{found[1]}" if found else text
