"""The report on a written derivation for a person: every line with its place, its rule and what is wrong."""

from __future__ import annotations

from typing import Any

from checks.terminal import Style

_MARKS = {"proved": "ok", "proved-if": "ok", "evidence": "ok", "undecided": "?", "condition-failed": "FAIL",
          "refuted": "FAIL"}  # fmt: skip
_WORDS = {"proved-if": "proved if", "evidence": "not refuted", "condition-failed": "condition fails"}
_CODES = {"refuted": "D202", "condition-failed": "D301", "undecided": "D203"}


def render(report: dict[str, Any], style: Style) -> str:
    """One block per line of the derivation, then what was not read, then the whole."""
    return "\n".join(line for check in report["checks"] for line in _check(check, report["target"], style))


def _check(check: dict[str, Any], target: str, style: Style) -> list[str]:
    found = check["derivation"]
    said: list[str] = []
    last = None
    for step in found["steps"]:
        if step["before"] != last:
            said.append(f"     {step['before']}")
        last = step["after"]
        said += _step(step, target, style)
    for problem in found["problems"]:
        said += _problem(problem, target, style)
    said += [f"note: {remark}" for remark in found["remarks"]]
    said += [f"note: the assumption '{a}' is not used by any line" for a in found["unused_assumptions"]]
    title = {"agrees": "holds", "refuted": "refuted[D202]", "inconclusive": "open"}[check["outcome"]]
    return [*said, f"{title}: {check['reason']}"]


def place(step: dict[str, Any], target: str) -> str:
    """``notes.md:14:3``, or with the cell of a notebook ``notes.ipynb:cell 2:14:3``."""
    cell = "" if step.get("cell") is None else f"cell {step['cell']}:"
    return f"{target}:{cell}{step['line']}:{step['column']}"


def _step(step: dict[str, Any], target: str, style: Style) -> list[str]:
    mark = _MARKS[step["status"]]
    status = _WORDS.get(step["status"], step["status"])
    code = f"[{_CODES[step['status']]}]" if step["status"] in _CODES else ""
    by = " by " + ", then ".join(step["rules"]) if step["rules"] else ""
    lines = [
        f"{style(f'{mark:<4}', mark)} = {step['after']}",
        f"       ({step['number']}) {place(step, target)}  {status}{code}{by}",
    ]
    lines += [f"         left out: = {m['after']}  ({m['rule']})" for m in step["missing"]]
    lines += [f"         needs {need}" for need in step["needs"]]
    lines += _diagnosis(step)
    return lines + [f"         note: {remark}" for remark in step["remarks"]]


def _diagnosis(step: dict[str, Any]) -> list[str]:
    found = step["diagnosis"]
    if found is None:
        return [f"         {step['evidence']}"] if step["status"] == "undecided" else []
    name = f" ({found['mistake']})" if found["mistake"] else ""
    lines = [f"         {found['says']}{name}"]
    if found["values"]:
        at = ", ".join(f"{k} = {v}" for k, v in step["witness"].items())
        lines.append(f"         at {at}: {found['values'][0]} before, {found['values'][1]} here")
    for key, word in (("difference", "difference"), ("blamed", "the fault"), ("mended", "should be")):
        if found[key]:
            sign = "= " if key == "mended" else ""
            lines.append(f"         {word + ':':<11} {sign}{found[key]}")
    return lines


def _problem(problem: dict[str, Any], target: str, style: Style) -> list[str]:
    where = f"{target}:{problem['line']}:{problem['column']}"
    lines = [f"{style('?   ', '?')} {where}  not read[D101]: {problem['message']}"]
    return lines + ([f"         help: {problem['help']}"] if problem["help"] else [])


def summary(report: dict[str, Any], seconds: float) -> str:
    """``6 lines hold, 1 wrong, 1 not read in 0.8 s``."""
    steps = [s for check in report["checks"] for s in check["derivation"]["steps"]]
    unread = sum(len(check["derivation"]["problems"]) for check in report["checks"])
    marks = [_MARKS[s["status"]] for s in steps]
    parts = [f"{marks.count('ok')} lines hold", f"{marks.count('FAIL')} wrong"]
    parts += [f"{marks.count('?')} undecided"] * ("?" in marks) + [f"{unread} not read"] * bool(unread)
    return f"{', '.join(parts)} in {seconds:.1f} s"
