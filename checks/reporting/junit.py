"""The report as JUnit XML: refuted is a failure, broken an error, what was left open is skipped."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from checks.reporting.text import mark
from checks.terminal import Style


def render(report: dict[str, Any], _: Style) -> str:
    """One test suite with a test case per check."""
    checks = report["checks"]
    kinds = [_kind(check) for check in checks]
    counts = {"tests": len(checks), "failures": kinds.count("failure"), "errors": kinds.count("error"),
              "skipped": kinds.count("skipped")}  # fmt: skip
    attributes = " ".join(f'{name}="{count}"' for name, count in counts.items())
    head = f"<testsuite name={quoteattr('gradproof ' + report['target'])} {attributes}>"
    cases = [_case(check, kind) for check, kind in zip(checks, kinds)]
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *cases, "</testsuite>"])


def _kind(check: dict[str, Any]) -> str | None:
    if check["outcome"] == "broken":
        return "error"
    return {"ok": None, "FAIL": "failure", "?": "skipped"}[mark(check)]


def _case(check: dict[str, Any], kind: str | None) -> str:
    name = (
        f"  <testcase classname={quoteattr(check['check'])} name={quoteattr(check['id'])} "
        f'time="{check["seconds"]}"'
    )
    if kind is None:
        return f"{name}/>"
    message = quoteattr(f"{check['outcome']}, expected {check['expected']}: {check['reason']}")
    body = escape(check["reproduce"])
    return f"{name}>\n    <{kind} message={message}>{body}</{kind}>\n  </testcase>"
