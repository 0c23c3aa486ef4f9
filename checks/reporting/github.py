"""The report as GitHub workflow commands: an annotation for each check that is not as expected."""

from __future__ import annotations

from typing import Any

from checks.reporting.text import mark, summary
from checks.terminal import Style


def render(report: dict[str, Any], _: Style) -> str:
    """One line per annotation, and a last one that counts."""
    lines = [_annotation(check) for check in report["checks"] if not check["as_expected"]]
    seconds = sum(check["seconds"] for check in report["checks"])
    title = f"gradproof {escaped_property(report['target'])}"
    return "\n".join([*lines, f"::notice title={title}::{summary(report, seconds)}"])


def _annotation(check: dict[str, Any]) -> str:
    level = "warning" if mark(check) == "?" else "error"
    text = f"{check['outcome']}, expected {check['expected']}: {check['reason']}\n{check['reproduce']}"
    return f"::{level} title={escaped_property(check['id'])}::{escaped(text)}"


def escaped(text: str) -> str:
    """Text as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Text as a property of one, in which colons and commas separate."""
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
