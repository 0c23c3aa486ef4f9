"""Derivations in Markdown: one fenced ``math`` block per parameter, then what each step stands on.

The fence keeps CommonMark from eating backslashes. Formulas in running text stand between ``$`` and
backticks, as GitHub reads them; ``dollars=True`` writes plain ``$`` for Jupyter.
"""

from __future__ import annotations

from sympy import Basic

from derive.escaping import markdown
from derive.render._notation import STATUS_WORDS, legend, tidied, title
from derive.render.latex import aligned_lines, latex
from derive.step import Condition, Derivation, Step


def render(derivations: tuple[Derivation, ...]) -> str:
    """A Markdown document, one section per parameter."""
    return "\n\n".join(sections(derivations)) + "\n"


def sections(derivations: tuple[Derivation, ...], dollars: bool = False) -> list[str]:
    """One piece of Markdown per parameter, and a legend of the densities if any are shown."""
    tidy = tuple(map(tidied, derivations))
    densities = [f"{_math(d, dollars)} is the density of {_math(d.law, dollars)}" for d in legend(tidy)]
    ending = [f"Here {', and '.join(densities)}."] if densities else []
    return [_one(d, dollars) for d in tidy] + ending


def _one(derivation: Derivation, dollars: bool) -> str:
    parts = [f"## {title(derivation)}", f"Status: **{STATUS_WORDS[derivation.status]}**"]
    parts += [
        f"> **Assumed:** {_statement(c, dollars)}{_because(c)}" for c in derivation.assumptions
    ]
    if derivation.steps:
        first, *rest = aligned_lines(derivation)
        chain = " \\\\\n".join([first, *(rf"{line} && ({i})" for i, line in enumerate(rest, 1))])
        body = f"\\begin{{aligned}}\n{chain}\n\\end{{aligned}}"
        parts.append(f"$$\n{body}\n$$" if dollars else f"```math\n{body}\n```")
        parts.append("\n".join(_item(i, s, dollars) for i, s in enumerate(derivation.steps, 1)))
    return "\n\n".join(parts)


def _item(number: int, step: Step, dollars: bool) -> str:
    lines = [f"{number}. **{step.rule}**: {STATUS_WORDS[step.status]}"]
    if step.witness:
        at = ", ".join(f"{name} = {value}" for name, value in step.witness)
        lines.append(f"   - **Differs** at {markdown(at)}: {markdown(step.evidence)}")
    return "\n".join(lines + [f"   - {_condition(c, dollars)}" for c in step.conditions])


def _condition(condition: Condition, dollars: bool) -> str:
    word = "" if condition.status == "proved" else f"**{condition.status.capitalize()}:** "
    return f"{word}{_statement(condition, dollars)}{_because(condition)}"


def _because(condition: Condition) -> str:
    return f" ({markdown(condition.evidence)})" if condition.evidence else ""


def _statement(condition: Condition, dollars: bool) -> str:
    statement = condition.statement
    return _math(statement, dollars) if isinstance(statement, Basic) else markdown(statement)


def _math(term: Basic, dollars: bool) -> str:
    return f"${latex(term)}$" if dollars else f"$`{latex(term)}`$"
