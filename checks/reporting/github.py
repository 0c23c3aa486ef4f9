"""The report as GitHub workflow commands: an annotation for each check that is not as expected."""

from __future__ import annotations

from typing import Any

from checks.reporting.text import mark, summary
from checks.terminal import Style


def render(report: dict[str, Any], _: Style) -> str:
    """One line per annotation, and a last one that counts."""
    lines = [_annotation(check) for check in report["checks"] if not check["as_expected"]]
    seconds = sum(check["seconds"] for check in report["checks"])
    title = f"gradproof {_property(report['target'])}"
    return "\n".join([*lines, f"::notice title={title}::{summary(report, seconds)}"])


def _annotation(check: dict[str, Any]) -> str:
    level = "warning" if mark(check) == "?" else "error"
    text = f"{check['outcome']}, expected {check['expected']}: {check['reason']}\n{check['reproduce']}"
    return f"::{level} title={_property(check['id'])}::{_message(text)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
