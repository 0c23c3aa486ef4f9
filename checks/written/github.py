"""The report on a written derivation as GitHub workflow commands, each at its line of the file."""

from __future__ import annotations

from typing import Any

from checks.reporting.github import escaped, escaped_property
from checks.terminal import Style
from checks.written.text import summary


def render(report: dict[str, Any], _: Style) -> str:
    """An annotation for every line that does not hold, is undecided, or was not read."""
    said: list[str] = []
    for check in report["checks"]:
        found = check["derivation"]
        said += [_step(s, report["target"]) for s in found["steps"] if s["status"] in _LEVELS]
        said += [_at("warning", p, report["target"], "not read", p["message"]) for p in found["problems"]]
    seconds = sum(check["seconds"] for check in report["checks"])
    title = escaped_property(f"gradproof {report['target']}")
    return "\n".join([*said, f"::notice title={title}::{escaped(summary(report, seconds))}"])


_LEVELS = {"refuted": "error", "condition-failed": "error", "undecided": "warning"}


def _step(step: dict[str, Any], target: str) -> str:
    found = step["diagnosis"]
    text = step["evidence"] if found is None else found["says"]
    if found is not None and found["mended"]:
        text += f"\nshould be: = {found['mended']}"
    return _at(_LEVELS[step["status"]], step, target, f"line {step['number']}: {step['status']}", text)


def _at(level: str, place: dict[str, Any], target: str, title: str, text: str) -> str:
    where = f"file={escaped_property(target)},line={place['line']},col={place['column']}"
    return f"::{level} {where},title={escaped_property(title)}::{escaped(text)}"
