"""The derivations as one PDF, by Typst: no TeX installation, and the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checks.site.content import Content, Formula, ShownCondition, ShownDerivation, ShownStep
from checks.site.gather import Material
from checks.site.html import WORDS
from checks.site.mathml import compiled
from checks.site.pages import failing_of, limits_of

# `date: none` and a fixed identifier: the bytes depend on the input alone.
PREAMBLE = """
#set document(title: "gradproof: derivations", date: none)
#set page(paper: "a4", margin: 22mm, numbering: "1")
#set text(size: 10pt)
#set par(justify: false)
#set heading(numbering: "1.1")
#show heading.where(level: 1): it => { pagebreak(weak: true); it }
#show math.equation.where(block: true): set align(left)
#let good = rgb("#14663a")
#let bad = rgb("#9b1c1c")
#let warn = rgb("#7a4b00")
#let badge(word, colour) = box(
  stroke: 0.5pt + colour, radius: 3pt, inset: (x: 3pt, y: 1.5pt), text(fill: colour, size: 8pt, word)
)
#let cause(body) = block(stroke: 0.7pt + bad, inset: 7pt, radius: 3pt, width: 100%, text(fill: bad, body))
"""

_COLOURS = {"proved": "good", "agrees": "good", "refuted": "bad", "condition-failed": "bad", "failed": "bad"}


def files(material: Material) -> dict[str, bytes]:
    """The whole as ``gradproof.pdf``."""
    return {"gradproof.pdf": compiled(document(material), "pdf")}


def document(material: Material) -> str:
    """The Typst source: a chapter for each check, a section for each subject."""
    parts = [PREAMBLE, '#text(size: 20pt, weight: "bold")[gradproof: derivations]', "#outline(depth: 1)"]
    check = ""
    for content in material.contents:
        if content.subject.check != check:
            check = content.subject.check
            parts.append(f"= {escaped(check)}")
        parts.append("\n\n".join(_section(content, material.checks.get(content.subject, []))))
    return "\n\n".join(parts)


def _section(content: Content, checks: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield f"== {escaped(content.subject.title)}"
    failing = failing_of(content)
    if content.refusal:
        yield f"#cause[*Refused.* {escaped(content.refusal)}]"
    elif failing is not None:
        why = _said(failing.condition) if failing.condition else escaped(failing.evidence)
        yield f"#cause[*Step {failing.number}, {escaped(failing.rule)}, fails:* {why}]"
    if content.statement is not None:
        yield f"{_display(content.statement)} {_badge(content.status)}"
    for derivation in content.derivations:
        yield "\n\n".join(_derivation(derivation))
    if checks:
        yield _table(checks)
    yield "*What this does not show.* " + " ".join(map(escaped, limits_of(content, checks)))


def _derivation(derivation: ShownDerivation) -> Iterator[str]:
    yield f"=== Derivative by {escaped(derivation.wrt)} {_badge(derivation.status)}"
    yield _display(derivation.start)
    broken = False
    for number, step in enumerate(derivation.steps, 1):
        lines = "\n\n".join(_step(number, step))
        yield f"#text(fill: luma(120))[{lines}]" if broken else lines
        broken = broken or step.status in ("refuted", "condition-failed")


def _step(number: int, step: ShownStep) -> Iterator[str]:
    yield f"({number}) *{escaped(step.rule)}* {_badge(step.status)}"
    yield f"$ = {step.after.typst} $"
    if step.conditions:
        yield "\n".join(f"- {_badge(c.status)} {_said(c)}" for c in step.conditions)


def _said(condition: ShownCondition) -> str:
    said = f"${condition.formula.typst}$" if condition.formula else escaped(condition.said)
    return f"{said} ({escaped(condition.evidence)})" if condition.evidence else said


def _display(formula: Formula) -> str:
    return f"$ {formula.typst} $"


def _badge(status: str) -> str:
    return f'#badge("{WORDS.get(status, status)}", {_COLOURS.get(status, "warn")})'


def _table(checks: Sequence[dict[str, Any]]) -> str:
    head = ("estimator", "outcome", "evidence", "exact", "its mean")
    rows = []
    for check in checks:
        exact, mean = (_numbers(check[key], check["wrt"]) for key in ("exact", "estimate"))
        foreseen = check["expected"] == check["outcome"] != "agrees"
        outcome = check["outcome"] + (" (expected)" if foreseen else "")
        rows.append((check["estimator"].replace("_", " "), outcome, check["evidence"], exact, mean))
    cells = ", ".join(f"[{escaped(cell)}]" for row in (head, *rows) for cell in row)
    return f"#text(size: 8.5pt)[#table(columns: {len(head)}, stroke: 0.4pt + luma(190), {cells})]"


def _numbers(values: dict[str, float | None], wrt: Sequence[str]) -> str:
    found = (values.get(name) for name in wrt)
    return ", ".join("–" if v is None else f"{v:.6g}" for v in found)


_ESCAPED = "\\#$*_`<>@[]~/=-+"


def escaped(text: str) -> str:
    """Text whose characters Typst must leave alone."""
    return "".join(f"\\{c}" if c in _ESCAPED else c for c in text)
