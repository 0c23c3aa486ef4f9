"""Derivations as plain text for a terminal: a chain of equalities, each with its reason below it."""

from __future__ import annotations

from derive.render._notation import STATUS_WORDS, tidied, title
from derive.step import Condition, Derivation, Step


def render(derivations: tuple[Derivation, ...]) -> str:
    """One block per parameter; ASCII only, never wrapped.

    Assumed and failed conditions begin with a word in capitals.
    """
    return "\n\n".join(_one(tidied(d)) for d in derivations) + "\n"


def _one(derivation: Derivation) -> str:
    lines = [f"{title(derivation)}: {STATUS_WORDS[derivation.status]}", ""]
    if derivation.steps:
        lines.append(f"    {derivation.steps[0].before}")
    for number, step in enumerate(derivation.steps, 1):
        lines += _step(number, step)
    return "\n".join(lines)


def _step(number: int, step: Step) -> list[str]:
    lines = [f"  = {step.after}", f"        ({number}) {step.rule} [{STATUS_WORDS[step.status]}]"]
    if step.witness:
        at = ", ".join(f"{name} = {value}" for name, value in step.witness)
        lines.append(f"        DIFFERS at {at}: {step.evidence}")
    return lines + [f"            {_condition(c)}" for c in step.conditions]


def _condition(condition: Condition) -> str:
    evidence = f" ({condition.evidence})" if condition.evidence else ""
    word = "" if condition.status == "proved" else f"{condition.status.upper()}: "
    return f"{word}{condition.statement}{evidence}"
