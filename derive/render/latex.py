"""Derivations in LaTeX: one ``align*`` per parameter with numbered lines, then what each step stands on.

The fragment needs ``amsmath`` and ``amssymb``, and says so in its first line.
"""

from __future__ import annotations

from sympy import Add, Basic, Expr, Mul, Symbol
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter

from derive.render._notation import (
    GREEK,
    STATUS_WORDS,
    density_letter,
    law_word,
    legend,
    split_name,
    subscripted,
    tidied,
    title,
)
from derive.step import Condition, Derivation, Step
from derive.terms import Binder, D, Density, E, Int, Law, Total

HEADER = "% gradproof; needs \\usepackage{amsmath,amssymb}"

_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
}  # fmt: skip


def render(derivations: tuple[Derivation, ...], label: str = "") -> str:
    """A fragment to ``\\input``: an aligned chain and an enumeration of its steps, per parameter.

    With a ``label``, line 3 of the chain by mu can be referred to as ``label:mu:3``.
    """
    tidy = tuple(map(tidied, derivations))
    parts = [HEADER, *(_one(d, label) for d in tidy), *_legend(tidy)]
    return "\n\n".join(parts) + "\n"


def latex(term: Basic) -> str:
    """One term, as it stands between dollars."""
    return str(TermLatex({"ln_notation": False}).doprint(term))


def escaped(text: str) -> str:
    """Text with LaTeX's special characters made harmless."""
    return "".join(_ESCAPES.get(c, c) for c in text)


def aligned_lines(derivation: Derivation) -> list[str]:
    """``before &= after`` for the first step, ``&= after`` for each further one."""
    lines = [rf"& {latex(derivation.steps[0].before)}"]
    return lines + [f"&= {latex(step.after)}" for step in derivation.steps]


def _one(derivation: Derivation, label: str) -> str:
    heading = rf"\paragraph{{{escaped(title(derivation))} ({escaped(STATUS_WORDS[derivation.status])})}}"
    if not derivation.steps:
        return heading
    first, *rest = aligned_lines(derivation)
    numbered = [rf"{line} \tag{{{i}}}{_label(label, derivation, i)}" for i, line in enumerate(rest, 1)]
    chain = " \\\\\n".join([first, *numbered])
    items = "\n".join(_item(i, step) for i, step in enumerate(derivation.steps, 1))
    return (
        f"{heading}\n\\begin{{align*}}\n{chain}\n\\end{{align*}}\n"
        f"\\begin{{enumerate}}\n{items}\n\\end{{enumerate}}"
    )


def _label(label: str, derivation: Derivation, number: int) -> str:
    return rf"\label{{{label}:{derivation.by}:{number}}}" if label else ""


def _item(number: int, step: Step) -> str:
    lines = [rf"\item[({number})] {escaped(step.rule)}: \emph{{{escaped(STATUS_WORDS[step.status])}}}."]
    if step.witness:
        point = ", ".join(f"{name} = {value}" for name, value in step.witness)
        lines.append(f"The two sides differ at {escaped(point)}.")
    return "\n  ".join([*lines, *map(_condition, step.conditions)])


def _condition(condition: Condition) -> str:
    statement = condition.statement
    said = f"${latex(statement)}$" if isinstance(statement, Basic) else escaped(statement)
    evidence = f" ({escaped(condition.evidence)})" if condition.evidence else ""
    if condition.status == "proved":
        return f"It holds that {said}{evidence}."
    return rf"\textbf{{{condition.status.capitalize()}:}} {said}{evidence}."


def _legend(derivations: tuple[Derivation, ...]) -> list[str]:
    shown = [rf"${latex(d)}$ is the density of ${latex(d.law)}$" for d in legend(derivations)]
    return [f"Here {', and '.join(shown)}."] if shown else []


class TermLatex(LatexPrinter):
    """SymPy's LaTeX, with the inert nodes and the slides' subscripts."""

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        stem, index = split_name(expr.name)
        long = rf"\{stem}" if stem in GREEK else rf"\mathrm{{{escaped(stem)}}}"
        letter = stem if len(stem) == 1 else long
        return f"{letter}_{{{index}}}" if index else letter

    def _print_Law(self, law: Law) -> str:
        word, calligraphic = law_word(law)
        name = rf"\mathcal{{{word}}}" if calligraphic else word if len(word) == 1 else rf"\mathrm{{{word}}}"
        inner = ", ".join(map(self._print, law.parameters))
        if len(word) == 1 and not calligraphic:
            return f"{name}_{{{inner}}}" if inner else name
        return f"{name}({inner})"

    def _print_Density(self, density: Density) -> str:
        letter, law = density_letter(density.law), density.law
        marked = law.free_symbols or len(law.name) == 1
        inner = ", ".join(map(self._print, law.parameters)) if marked else ""
        name = f"{letter}_{{{inner}}}" if inner else letter
        return rf"{name}\left({', '.join(map(self._print, density.point))}\right)"

    def _print_E(self, term: E) -> str:
        names = ", ".join(map(self._print, term.variables))
        law, body = self._print(term.law), self._print(term.body)
        return rf"\mathbb{{E}}_{{{names} \sim {law}}}\left[{body}\right]"

    def _print_Heaviside(self, expr: Expr, exp: str | None = None) -> str:
        """H, where SymPy writes a theta that would be taken for the parameter."""
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\operatorname{{H}}{power}\left({self._print(expr.args[0])}\right)"

    def _print_Int(self, term: Int) -> str:
        signs = "".join(rf"\int_{{{self._print(lo)}}}^{{{self._print(hi)}}} " for _, lo, hi in term.limits)
        ends = "".join(rf"\,\mathrm{{d}}{self._print(v)}" for v in reversed(term.variables))
        return f"{signs}{self._in_scope(term.body)}{ends}"

    def _print_Total(self, term: Total) -> str:
        limits = ((self._print(v), self._print(lo), self._print(hi)) for v, lo, hi in term.limits)
        signs = "".join(rf"\sum_{{{v}={lo}}}^{{{hi}}} " for v, lo, hi in limits)
        return f"{signs}{self._in_scope(term.body)}"

    def _print_D(self, term: D) -> str:
        operator = rf"\frac{{\partial}}{{\partial {self._print(term.theta)}}}"
        body = self._print(term.body)
        wide = isinstance(term.body, (Add, Mul))
        return rf"{operator} \left[{body}\right]" if wide else f"{operator} {body}"

    def _print_AppliedUndef(self, call: AppliedUndef) -> str:
        points, theta = subscripted(call)
        head = self._print_Symbol(Symbol(call.func.__name__))
        if theta is not None:
            head += f"_{{{self._print(theta)}}}"
        return rf"{head}\left({', '.join(map(self._print, points))}\right)" if points else head

    def _in_scope(self, body: Expr) -> str:
        """A body after an operator: sums need brackets, a product of a sum does not."""
        inner = self._print(body)
        return rf"\left({inner}\right)" if isinstance(body, Add) or _starts_with_sign(body) else inner

    def _needs_mul_brackets(self, expr: Expr, first: bool = False, last: bool = False) -> bool:
        if isinstance(expr, (Int, Total, D)) and not last:
            return True
        return bool(super()._needs_mul_brackets(expr, first=first, last=last))

    def parenthesize(self, item: Expr, level: int, is_neg: bool = False, strict: bool = False) -> str:
        if isinstance(item, (Binder, D)):
            return rf"\left({self._print(item)}\right)"
        return str(super().parenthesize(item, level, is_neg=is_neg, strict=strict))


def _starts_with_sign(body: Expr) -> bool:
    return isinstance(body, Mul) and body.could_extract_minus_sign()
