"""What `list` shows: names, what they say, and what applies to what, without importing SymPy or Torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.catalogue import Entry, entries, parameters
from checks.suites import SUITES
from checks.terminal import Style, plain, table

KINDS = ("families", "checks", "estimators", "problems", "rules", "mistakes")


def listing(kinds: Sequence[str] = KINDS, style: Style = plain) -> str:
    """One table per kind, each under its name; an empty kind is shown only where it alone is asked for."""
    return "\n\n".join(_section(kind, style) for kind in kinds if len(kinds) == 1 or entries(kind))


def as_json(kinds: Sequence[str] = KINDS) -> dict[str, list[dict[str, Any]]]:
    """The same as plain data."""
    return {kind: [dict(zip(("name", *_head(kind)[1:]), _row(e))) for e in entries(kind)] for kind in kinds}


def _section(kind: str, style: Style) -> str:
    rows = [_row(entry) for entry in entries(kind)]
    if not rows:
        return f"{style(kind, 'bold')}\n(none yet)"
    return table(rows, _head(kind), style)


def _head(kind: str) -> tuple[str, ...]:
    columns = {
        "families": ("parameters", "transport", "estimators", "what it is"),
        "checks": ("checks", "what it verifies"),
        "estimators": ("route", "requires"),
        "rules": ("called", "what it says"),
        "mistakes": ("of", "your mean equals the gradient"),
    }
    return (kind, *columns.get(kind, ("what it is",)))


def _row(entry: Entry) -> tuple[str, ...]:
    fields = entry.fields
    if entry.kind == "families":
        form = fields["transport"]["form"] if isinstance(fields["transport"], dict) else "none"
        apply = "pathwise, score_function" if form != "none" else "score_function"
        return (entry.label, ", ".join(parameters(entry.name)), form, apply, entry.says)
    if entry.kind == "checks":
        return (entry.label, str(len(SUITES[entry.name])), entry.says)
    if entry.kind == "estimators":
        return (entry.label, fields["route"], fields["requires"])
    if entry.kind == "rules":
        return (entry.label, fields["name"], entry.says)
    if entry.kind == "mistakes":
        return (entry.label, fields["of"], fields["says"])
    return (entry.label, entry.says)
