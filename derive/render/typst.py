"""Derivations as a Typst document that compiles by itself."""

from __future__ import annotations

from sympy import Basic

from derive.render._notation import STATUS_WORDS, legend, tidied, title
from derive.render._typst_terms import typst
from derive.step import Condition, Derivation, Step

HEADER = '#set page(height: auto, margin: 2cm)\n#set math.equation(numbering: none)\n#set text(size: 10pt)'

_ESCAPED = "\\#$*_`<>@[]~/=-+'\""


def render(derivations: tuple[Derivation, ...]) -> str:
    """One section per parameter: the chain, and what each step stands on."""
    tidy = tuple(map(tidied, derivations))
    shown = [f"${typst(d)}$ is the density of ${typst(d.law)}$" for d in legend(tidy)]
    ending = [f"Here {', and '.join(shown)}."] if shown else []
    return "\n\n".join([HEADER, *map(_one, tidy), *ending]) + "\n"


def escaped(text: str) -> str:
    """Text whose characters Typst must leave alone."""
    return "".join(f"\\{c}" if c in _ESCAPED else c for c in text)


def _one(derivation: Derivation) -> str:
    parts = [f"== {escaped(title(derivation))}: {escaped(STATUS_WORDS[derivation.status])}"]
    parts += [f"*Assumed:* {_statement(c)}{_because(c)}" for c in derivation.assumptions]
    if derivation.steps:
        lines = [f"& {typst(derivation.steps[0].before)}"]
        lines += [f"& = {typst(s.after)} & quad ({i})" for i, s in enumerate(derivation.steps, 1)]
        parts.append("$ " + " \\\n".join(lines) + " $")
        parts.append("\n".join(_item(i, s) for i, s in enumerate(derivation.steps, 1)))
    return "\n\n".join(parts)


def _item(number: int, step: Step) -> str:
    lines = [f"{number}. *{escaped(step.rule)}*: {escaped(STATUS_WORDS[step.status])}"]
    if step.witness:
        at = ", ".join(f"{name} = {value}" for name, value in step.witness)
        lines.append(f"   - *Differs* at {escaped(at)}: {escaped(step.evidence)}")
    return "\n".join(lines + [f"   - {_condition(c)}" for c in step.conditions])


def _condition(condition: Condition) -> str:
    word = "" if condition.status == "proved" else f"*{condition.status.capitalize()}:* "
    return f"{word}{_statement(condition)}{_because(condition)}"


def _because(condition: Condition) -> str:
    return f" ({escaped(condition.evidence)})" if condition.evidence else ""


def _statement(condition: Condition) -> str:
    statement = condition.statement
    return f"${typst(statement)}$" if isinstance(statement, Basic) else escaped(statement)
