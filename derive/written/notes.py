"""Rules that an author names beside a line, held against the rules that make it."""

from __future__ import annotations

_LOG = ("log-derivative identity", "derivative of the logarithm", "derivative of the density")
# What authors write, and the rules that it may mean; the first word that occurs decides.
_MEANT = (
    ("product rule", ("product rule",)),
    ("chain rule", ("chain rule", "differentiate", "derivative of the logarithm", "log-derivative identity")),
    ("interchange", ("interchange of derivative and integral", "Leibniz rule with boundary terms")),
    ("exchange", ("interchange of derivative and integral", "Leibniz rule with boundary terms")),
    ("leibniz", ("interchange of derivative and integral", "Leibniz rule with boundary terms")),
    ("log-derivative", _LOG),
    ("log derivative", _LOG),
    ("log trick", _LOG),
    ("substitution", ("change of variables", "substitution", "location and scale")),
    ("change of variables", ("change of variables", "substitution", "location and scale")),
    ("reparam", ("change of variables", "substitution", "location and scale")),
    ("linearity", ("linearity", "constant factor", "algebra", "definition of the expectation",
                   "fold into an expectation")),
)  # fmt: skip
# A longer note is prose, which may be about anything.
MOST_WORDS = 3


def misnamed(note: str | None, rules: tuple[str, ...]) -> str | None:
    """A remark where a short note names one rule and the line is made by others; None where all is well.

    Nothing is said of a line that no rule was found for, nor of words that name no rule.
    """
    if not note or not rules or len(note.split()) > MOST_WORDS:
        return None
    said = note.lower()
    meant = next((found for word, found in _MEANT if word in said), None)
    if meant is None or set(meant) & set(rules):
        return None
    return f"noted as '{note.strip()}', but this line is made by: {', '.join(rules)}"
