"""What a report says of one expectation: its exact gradient, and the terms that it is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.terminal import table

# A closed form of more characters is in the JSON, and in the documents.
LONGEST = 60


def gradient_lines(checks: Sequence[dict[str, Any]]) -> list[str]:
    """A table of gradient and terms where all checks are about one expectation; nothing for a whole suite."""
    subjects = {(c["family"], c["integrand"], tuple(c["at"].items()), tuple(c["wrt"])) for c in checks}
    if len(subjects) != 1 or not checks[0]["exact"]:
        return []
    check = checks[0]
    parts = [name for name in check.get("terms", {}) if check["terms"][name]]
    whole = "exact second derivative" if check.get("order") == 2 else "exact gradient"
    head = ("", whole, *(name.replace("_", " ") for name in parts))
    rows = [(name, *_cells(check, name, parts)) for name in check["wrt"]]
    point = ", ".join(f"{name} = {value}" for name, value in check["at"].items())
    where = [f"at {point}"] if point else []
    return ["", *(f"  {line}" for line in table(rows, head).splitlines()), *(f"  {line}" for line in where)]


def _cells(check: dict[str, Any], name: str, parts: Sequence[str]) -> list[str]:
    whole = _value(check["gradient"].get(name), check["exact"].get(name))
    terms = [check["terms"][part].get(name) or {} for part in parts]
    return [whole, *(_value(term.get("text"), term.get("value")) for term in terms)]


def _value(text: str | None, value: float | None) -> str:
    """``3*mu**2 = 1.47``; the number alone where there is no closed form, or one that no line holds."""
    if value is None:
        return text or "-"
    number = f"{value:.6g}"
    if not text or text == number or "E_[" in text or len(text) > LONGEST:
        return number
    return f"{text} = {number}"
