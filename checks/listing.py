"""What `list` shows: names, what they say, and what applies to what, without importing SymPy or Torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from checks.applicability import estimators_of, families_of, serves, stored
from checks.catalogue import FOLDERS, NOUNS, Entry, entries, names, parameters
from checks.examples import of_batches
from checks.suites import SUITES
from checks.terminal import Style, plain, table

KINDS = ("families", "checks", "estimators", "problems", "rules", "mistakes")
APPLICABILITY = "applicability"


def listing(kinds: Sequence[str] = KINDS, style: Style = plain) -> str:
    """One table per kind, each under its name; an empty kind is shown only where it alone is asked for."""
    return "\n\n".join(_section(kind, style) for kind in kinds if len(kinds) == 1 or _entries(kind))


def as_json(kinds: Sequence[str] = KINDS) -> dict[str, list[dict[str, Any]]]:
    """The same as plain data."""
    if APPLICABILITY in kinds:
        columns = ("estimator", "family", "applies", "reason")
        return {APPLICABILITY: [dict(zip(columns, cell)) for cell in _cells()]}
    return {kind: [dict(zip(("name", *_head(kind)[1:]), _row(e))) for e in _entries(kind)] for kind in kinds}


def _entries(kind: str) -> tuple[Entry, ...]:
    """The records of a kind, then those that environments and second derivatives bring."""
    further = (f"{prefix}_{kind}" for prefix in ("environment", "higher_order", "higher_order_environment"))
    found = (*entries(kind), *(e for other in further if other in FOLDERS for e in entries(other)))
    return (*found, *(e for e in of_batches() if e.name not in names(kind))) if kind == "mistakes" else found


def _section(kind: str, style: Style) -> str:
    if kind == APPLICABILITY:
        return table(_reasons(), ("estimators", "applies", "families"), style)
    rows = [_row(entry) for entry in _entries(kind)]
    if not rows:
        return f"{style(kind, 'bold')}\n(none yet)"
    return table(rows, _head(kind), style)


def _head(kind: str) -> tuple[str, ...]:
    columns = {
        "families": ("parameters", "transport", "estimators", "what it is"),
        "checks": ("checks", "what it verifies"),
        "estimators": ("route", "families", "requires"),
        "rules": ("called", "what it says"),
        "mistakes": ("of", "your mean equals the gradient"),
        "problems": ("kind", "what it is", "at"),
    }
    return (kind, *columns.get(kind, ("what it is",)))


def _row(entry: Entry) -> tuple[str, ...]:
    fields = entry.fields
    if entry.kind == "families":
        form = fields["transport"]["form"] if isinstance(fields["transport"], dict) else "none"
        return (entry.label, ", ".join(parameters(entry.name)), form, _apply(entry.name), entry.says)
    if entry.kind == "checks":
        return (entry.label, str(len(SUITES[entry.name])), entry.says)
    if entry.kind in ("estimators", "higher_order_estimators"):
        served = len(families_of(entry.name))
        return (entry.label, fields["route"], f"{served} of {len(names('families'))}", fields["requires"])
    if entry.kind.endswith("environment_estimators"):
        return (entry.label, fields["route"], fields["kind"].replace("_", " "), fields["requires"])
    if entry.kind == "problems":
        return (entry.label, fields["kind"].replace("_", " "), entry.says, fields["at"])
    if entry.kind in ("rules", "environment_rules"):
        return (entry.label, fields["name"], entry.says)
    if NOUNS[entry.kind] == "mistake":
        return (entry.label, fields["of"], fields["says"])
    return (entry.label, entry.says)


def _apply(family: str) -> str:
    """The estimators that apply to a family; those that the score function brings along are one word."""
    found = tuple(name for name in estimators_of(family) if name in names("estimators"))
    own = [name for name in found if not name.endswith(("_baseline", "leave_one_out"))]
    return ", ".join(own) + (", baselines" if len(own) < len(found) else "")


def _cells() -> list[tuple[str, str, bool, str]]:
    """Estimator, family, whether it applies for some parameter, and why not for the others."""
    return [(e, f, serves(reason), reason) for e, row in stored().items() for f, reason in row.items()]


def _reasons() -> list[tuple[str, ...]]:
    """A row for each estimator and each answer, with the families that share it."""
    rows: list[tuple[str, ...]] = []
    for estimator, answers in stored().items():
        alike: dict[str, list[str]] = {}
        for family, reason in answers.items():
            said = re.sub(rf"\b{family}\b", "the family", reason)
            alike.setdefault(said or "yes", []).append(family)
        for said, families in sorted(alike.items(), key=lambda pair: pair[0] != "yes"):
            rows.append((estimator, _answer(said), ", ".join(families)))
    return rows


def _answer(said: str) -> str:
    return said if said == "yes" or said.startswith("by ") else f"no: {said}"
