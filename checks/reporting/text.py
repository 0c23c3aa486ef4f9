"""The report for a person: one row per check, then a note for each that needs one, then the count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.reporting.gradient import gradient_lines
from checks.terminal import Style, table

HEAD = ("", "family", "integrand", "estimator", "proof", "outcome", "evidence", "would notice")


def render(report: dict[str, Any], style: Style) -> str:
    """The table and its notes."""
    checks = report["checks"]
    rows = [_row(check) for check in checks]
    notes = [line for check in checks for line in _notes(check)]
    return "\n".join([table(rows, HEAD, style), *gradient_lines(checks), *notes])


def header(target: str, count: int, options: Mapping[str, Any]) -> str:
    """``reparam: 24 checks, seed 0, resolution 1%, sympy 1.14.0, torch 2.13.0 (cpu, float64)``.

    Before it stands what is odd about the problem files that were asked for.
    """
    from checks.kinds import warnings
    from checks.verdict import versions

    found = versions()
    notes = "".join(f"warning: {note}\n" for note in warnings(options.get("families", ())))
    return (
        f"{notes}{target}: {count} checks, seed {options['seed']}, resolution {options['resolution']}, "
        f"sympy {found['sympy']}, torch {found['torch'].partition('+')[0]} (cpu, float64)"
    )


def summary(report: dict[str, Any], seconds: float) -> str:
    """``23 as expected, 0 not, 1 untestable in 4.1 s``."""
    counts, total = report["summary"], len(report["checks"])
    odd = [c["outcome"] for c in report["checks"] if not c["as_expected"]]
    open_ended = {name: odd.count(name) for name in ("inconclusive", "untestable", "broken") if name in odd}
    wrong = total - counts["as_expected"] - sum(open_ended.values())
    parts = [f"{counts['as_expected']} as expected", f"{wrong} not"]
    parts += [f"{count} {name}" for name, count in open_ended.items()]
    return f"{', '.join(parts)} in {seconds:.1f} s"


def mark(check: dict[str, Any]) -> str:
    """``ok``, ``FAIL`` or ``?`` for what was left open."""
    if check["as_expected"]:
        return "ok"
    return "?" if check["outcome"] in ("inconclusive", "untestable") else "FAIL"


def _row(check: dict[str, Any]) -> tuple[str, ...]:
    expected = check["as_expected"] and check["outcome"] != "agrees"
    return (
        mark(check),
        check["family"],
        check["integrand"],
        check["estimator"].replace("_", " "),
        _proof(check["derivation"]),
        f"{check['outcome']}{' (expected)' if expected else ''}",
        check["evidence"].replace("none", "-"),
        _would_notice(check),
    )


def _proof(derivation: dict[str, Any]) -> str:
    """How many steps have the weakest status, as in ``6 proved``; a refused route is only called that."""
    status = derivation["status"]
    if status == "condition-failed":
        return "refused"
    return f"{len(derivation['steps'])} {status}"


def _would_notice(check: dict[str, Any]) -> str:
    """The coarsest smallest bias: no coordinate would hide more than this."""
    if check["outcome"] == "refuted":
        sizes = {name: bias for name, bias in check["bias"].items() if bias}
        worst = max(sizes, key=lambda name: abs(sizes[name]), default=None)
        return "" if worst is None else f"bias {sizes[worst]:+.3g} in {worst}"
    found = [bias for bias in check["detectable_bias"].values() if bias is not None]
    return f"bias > {max(found):.1g}" if found else first_clause(check["reason"])


def first_clause(text: str) -> str:
    """The first clause of a reason: rows have this, notes and JSON the whole."""
    return text.split(";")[0].split("\n")[0]


def _notes(check: dict[str, Any]) -> list[str]:
    if check["as_expected"]:
        return []
    kind, code = _code(check)
    where = f"{check['family']} {check['integrand']}, {check['estimator'].replace('_', ' ')}"
    lines = [f"{kind}[{code}] {where}: {check['reason']}"]
    if check["derivation"].get("refusal"):
        lines.append(f"  derive: {check['derivation']['refusal']}")
    if check["outcome"] == "refuted":
        lines += _comparison(check)
    if check["diagnosis"]:
        lines.append(f"  {check['diagnosis']['says']} ({check['diagnosis']['mistake']})")
    return [*lines, f"  reproduce: {check['reproduce']}", f"  help: python cli.py explain {code}"]


def _comparison(check: dict[str, Any]) -> list[str]:
    rows = [("", "exact", "yours", "difference")]
    for name in check["wrt"]:
        form = check["gradient"].get(name)
        exact = f"{form} = {_number(check['exact'].get(name))}" if form else _number(check["exact"].get(name))
        rows.append((name, exact, _number(check["estimate"].get(name)), _number(check["bias"].get(name))))
    return [f"  {line}" for line in table(rows).splitlines()]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _code(check: dict[str, Any]) -> tuple[str, str]:
    """The word and the code under which `explain` has more."""
    if check["outcome"] == "agrees":
        return "unexpected", "E202"
    if check["outcome"] == "refuted":
        return ("unexpected", "E203") if check["expected"] == "refuted" else ("refuted", "E201")
    return {"untestable": ("note", "E310"), "inconclusive": ("note", "E320"), "broken": ("broken", "E400")}[
        check["outcome"]
    ]
