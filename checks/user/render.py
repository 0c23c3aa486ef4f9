"""A report on a user's estimator for a person: what was found, and where it differs."""

from __future__ import annotations

from typing import Any

from checks.reporting.text import first_clause
from checks.terminal import table

_TITLES = {
    "agrees": "agrees",
    "refuted": "refuted[E201]",
    "inconclusive": "inconclusive[E320]",
    "untestable": "untestable[E310]",
    "broken": "broken[E400]",
}


def render(report: dict[str, Any]) -> str:
    """One paragraph per check."""
    return "\n".join("\n".join(_paragraph(check)) for check in report["checks"])


def _paragraph(check: dict[str, Any]) -> list[str]:
    name = check["estimator"].rpartition("::")[2]
    lines = [f"{_TITLES[check['outcome']]} {name} {_claim(check)}"]
    if check["estimate"]:
        lines += [f"  {line}" for line in _comparison(check)]
    if check["diagnosis"]:
        lines.append(f"  {check['diagnosis']['says']}. ({check['diagnosis']['mistake']})")
    basis, *remarks = check["reason"].split("; ")
    lines.append(f"  evidence: {check['evidence']} ({basis})")
    lines += [f"  {remark}" for remark in remarks]
    if check["outcome"] == "agrees":
        lines.append(f"  would notice: {_would_notice(check)}")
    return [*lines, f"  reproduce: {check['reproduce']}"]


def _claim(check: dict[str, Any]) -> str:
    what = "second derivative" if check.get("order") == 2 else "gradient"
    of = f"the {what} of E[{check['integrand']}], a ~ {check['family']}({_at(check)})"
    verbs = {"agrees": "is", "refuted": "is not"}
    expected = ", as expected" if check["outcome"] == "refuted" and check["as_expected"] else ""
    return f"{verbs.get(check['outcome'], 'is perhaps')} {of}{expected}"


def _at(check: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in check["at"].items())


def _comparison(check: dict[str, Any]) -> list[str]:
    rows = []
    for name in check["wrt"]:
        form, exact = check["gradient"].get(name), check["exact"].get(name)
        bias, least = check["bias"].get(name), check["detectable_bias"].get(name)
        shown = f"{form} = {_number(exact)}" if form and form != _number(exact) else _number(exact)
        right = bias is not None and least is not None and abs(bias) <= least
        yours = "ok" if right else _number(check["estimate"].get(name))
        rows.append((name, shown, yours, "" if right else _difference(check, name)))
    return table(rows, ("", "exact", "yours", "difference")).splitlines()


def _difference(check: dict[str, Any], name: str) -> str:
    bias = check["bias"].get(name)
    known = check.get("difference", {}).get(name)
    return f"{_number(bias)} = {known}" if known else _number(bias)


def _would_notice(check: dict[str, Any]) -> str:
    found = [f"bias > {x:.1g} in {name}" for name, x in check["detectable_bias"].items() if x is not None]
    return ", ".join(found) or first_clause(check["reason"])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"
