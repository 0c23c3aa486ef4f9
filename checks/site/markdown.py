"""Pages in GitHub's Markdown: the derivation as derive writes it, and what its estimators were found to do.

What stands here is the same on every machine: outcomes and exact values, no measured digits. The pages are
kept beside the sources, so that a change of the mathematics shows as a difference of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checks.site.content import Content
from checks.site.gather import Material
from checks.site.pages import failing_of, limits_of
from derive import escaping


def files(material: Material) -> dict[str, bytes]:
    """One file for each subject, and an index."""
    pages = {f"{c.subject.slug}.md": page(c, material.checks.get(c.subject, [])) for c in material.contents}
    pages["README.md"] = _index(material)
    return {name: text.encode() for name, text in pages.items()}


def page(content: Content, checks: Sequence[dict[str, Any]]) -> str:
    """One derivation with its estimators and what it does not show."""
    parts = [f"# {escaping.markdown(content.subject.title)}", *_cause(content)]
    if content.formats:
        parts.append(content.formats["markdown"].rstrip())
    if content.at:
        parts.append("At and near " + ", ".join(f"`{name} = {value}`" for name, value in content.at) + ".")
    if checks:
        parts += ["## Estimators", "\n".join(_table(checks))]
    limits = "\n".join(f"- {line}" for line in limits_of(content, checks))
    parts += ["## What this page does not show", limits]
    return "\n\n".join(parts) + "\n"


def _cause(content: Content) -> Iterator[str]:
    failing = failing_of(content)
    if content.refusal:
        yield f"> **Refused.** {escaping.markdown(content.refusal)}"
    elif failing is not None:
        why = failing.condition.said if failing.condition else failing.evidence
        yield f"> **Step {failing.number}, {failing.rule}, fails:** {escaping.markdown(why)}"


def _table(checks: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "| estimator | outcome | expected | exact gradient |"
    yield "|---|---|---|---|"
    for check in checks:
        exact = ", ".join(f"{name}: {_number(check['exact'].get(name))}" for name in check["wrt"])
        cells = (check["estimator"].replace("_", " "), check["outcome"], check["expected"], exact)
        yield "| " + " | ".join(escaping.markdown(cell) for cell in cells) + " |"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"


def _index(material: Material) -> str:
    lines = ["# Derivations", "", "Written by `python cli.py docs`; do not edit."]
    check = ""
    for content in material.contents:
        if content.subject.check != check:
            check = content.subject.check
            lines += ["", f"## {check}", ""]
        title = escaping.markdown(content.subject.title)
        lines.append(f"- [{title}]({content.subject.slug}.md): {content.status}")
    return "\n".join(lines) + "\n"
