"""Verdicts and reports as Jupyter shows them: Markdown tables, with plain text beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from derive import escaping

if TYPE_CHECKING:
    from checks.verdict import Report, Verdict


def verdict_markdown(verdict: Verdict) -> str:
    """The outcome, then a row for each parameter."""
    lines = [f"**{verdict.outcome}** ({verdict.evidence} evidence): {escaping.markdown(verdict.reason)}"]
    if verdict.diagnosis:
        lines += ["", f"{escaping.markdown(verdict.diagnosis['says'])} (`{verdict.diagnosis['mistake']}`)"]
    head = ("", "its mean", "bias", "variance", "would notice")
    rows = [(name, *_cells(verdict, name)) for name in verdict.estimate]
    return "\n".join([*lines, "", *_table(head, rows)]) if rows else "\n".join(lines)


def report_markdown(report: Report) -> str:
    """A row for each check, then the count."""
    head = ("", "family", "integrand", "estimator", "outcome", "evidence")
    rows = [
        (
            "ok" if r.as_expected else "**FAIL**",
            r.family,
            r.integrand,
            r.estimator.replace("_", " "),
            r.verdict.outcome + (" (expected)" if r.expected == r.verdict.outcome != "agrees" else ""),
            r.verdict.evidence,
        )
        for r in report.results
    ]
    counts = report.summary()
    return "\n".join([*_table(head, rows), "", f"{counts['as_expected']} of {len(rows)} as expected"])


def _cells(verdict: Verdict, name: str) -> tuple[str, ...]:
    columns = (verdict.estimate, verdict.bias, verdict.variance_estimate, verdict.detectable_bias)
    return tuple(_number(values, name) for values in columns)


def _number(values: Mapping[str, float | None], name: str) -> str:
    value = values.get(name)
    return "–" if value is None else f"{value:.6g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    ours = ("---", "**FAIL**")
    written = ((cell if cell in ours else escaping.markdown(cell) for cell in row) for row in lines)
    return [f"| {' | '.join(row)} |" for row in written]
