"""What the renderers print is read back as it was: every step of derivations over many families and forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from sympy import Symbol

from derive.deriving import derivations
from derive.errors import NotApplicable
from derive.render._notation import tidied
from derive.render.latex import render as to_latex
from derive.render.markdown import render as to_markdown
from derive.render.notebook import render as to_notebook
from derive.step import Derivation
from derive.written.document import Document, Form
from derive.written.reading import read

CHECKS = ("reparam", "score-function", "product-rule")
# A sample of the families: one and several dimensions, sums, moving ends, jumps, complex closed forms.
SUBJECTS = (
    (None, None),
    ("normal", "mu*a**2"),
    ("normal", "Heaviside(a-1)"),
    ("exponential", "a**2"),
    ("bernoulli", "a**2"),
    ("categorical", "a**2"),
    ("laplace", "abs(a)"),
    ("uniform", "a**2"),
    ("multivariate_normal", "a[0]**2*a[1]"),
    ("gumbel", "sin(a)"),
    ("gamma", "log(a)"),
    ("kumaraswamy", "a"),
)
# The renderers print the standard deviation in N(mu, sigma), and i.
HEAD = {"normal": "scale"}
OF_FAMILIES = {"constants": "i = sqrt(-1)"}


@cache
def derived(check: str, family: str | None, integrand: str | None) -> tuple[Derivation, ...]:
    return derivations(check, family, integrand)


def headed(text: str, family: str | None, form: Form) -> str:
    head = {"family": family or "arbitrary", **HEAD, **(OF_FAMILIES if family else {})}
    if form == "tex":
        return "".join(f"% {k}: {v}\n" for k, v in head.items()) + text
    return "---\n" + "".join(f"{k}: {v}\n" for k, v in head.items()) + f"---\n{text}"


def claims(steps: tuple[Derivation, ...]) -> list[tuple[object, object]]:
    return [(s.before, s.after) for d in map(tidied, steps) for s in d.steps]


def read_back(document: Document) -> list[tuple[object, object]]:
    return [(line.left.expr, line.right.expr) for line in document.lines]


@pytest.mark.parametrize("form", ["tex", "md"])
@pytest.mark.parametrize(("family", "integrand"), SUBJECTS, ids=lambda v: str(v))
@pytest.mark.parametrize("check", CHECKS)
def test_rendered_steps_are_read_back_equal(
    check: str, family: str | None, integrand: str | None, form: Form
) -> None:
    try:
        steps = derived(check, family, integrand)
    except NotApplicable:
        assert check == "reparam"  # a lattice law has no transport
        return
    text = to_latex(steps) if form == "tex" else to_markdown(steps)
    document = read(headed(text, family, form), form=form)
    assert [(p.span.place, p.message) for p in document.problems] == []
    assert read_back(document) == claims(steps)


# Ways of writing the same: none may change what is read.
STYLES: dict[str, Callable[[str], str]] = {
    "plain brackets": lambda text: re.sub(r"\\(left|right)(?=[()\[\]])\s?", "", text),
    "big brackets": lambda text: text.replace(r"\left", r"\Bigl").replace(r"\right", r"\Bigr"),
    "one-letter scripts": lambda text: re.sub(r"([_^])\{(\\?[A-Za-z]+|\d)\}(?![A-Za-z0-9])", r"\1\2 ", text),
    "italic differentials": lambda text: text.replace(r"\,\mathrm{d}", " d"),
    "bold expectations": lambda text: text.replace(r"\mathbb{E}", r"\mathbf E"),
    "named expectations": lambda text: text.replace(r"\mathbb{E}", r"\operatorname{E}\!"),
    "other fractions": lambda text: text.replace(r"\frac", r"\tfrac"),
    "short derivatives": lambda text: re.sub(
        r"\\frac\{\\partial\}\{\\partial (\S+?)\}", r"\\partial_{\1}", text
    ),
    "nablas": lambda text: re.sub(r"\\frac\{\\partial\}\{\\partial (\S+?)\}", r"\\nabla_{\1}", text),
    "wide spaces": lambda text: text.replace("{\\partial}", "{ \\partial } ").replace(" + ", "\\; +\\, "),
    "ln for log": lambda text: text.replace(r"\log", r"\ln"),
    "curly functions": lambda text: re.sub(r"\{\\left\((.*?) \\right\)\}", r"\\left(\1\\right)", text),
    "one line": lambda text: text.replace("\n&=", " ="),
    "no tags": lambda text: re.sub(r" \\tag\{\d+\}", "", text),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("check", "family", "integrand"),
    [("score-function", None, None), ("product-rule", "normal", "mu*a**2"), ("reparam", "laplace", "abs(a)"),
     ("score-function", "categorical", "a**2")],
)  # fmt: skip
def test_other_ways_of_writing_the_same_are_read_the_same(
    check: str, family: str | None, integrand: str | None, style: str
) -> None:
    steps = derived(check, family, integrand)
    text = to_latex(steps)
    document = read(headed(STYLES[style](text), family, "tex"), form="tex")
    assert [(p.span.place, p.span.text, p.message) for p in document.problems] == []
    assert read_back(document) == claims(steps)


def test_every_style_changes_something() -> None:
    steps = (*derived("score-function", None, None), *derived("reparam", "laplace", "abs(a)"))
    text = to_latex(steps)
    assert [name for name, style in STYLES.items() if style(text) == text] == []


def test_a_rendered_notebook_is_read_back_equal() -> None:
    steps = derived("score-function", "exponential", "a**2")
    document = read(to_notebook(steps), form="ipynb")
    own = read_back(document)
    assert document.header.family == "exponential"
    assert own == claims(steps)


def test_the_comparison_sees_a_wrong_reading() -> None:
    """The same steps with one sign turned are not what was printed."""
    (whole,) = derived("score-function", "exponential", "a**2")
    last = whole.steps[-1]
    wrong = replace(whole, steps=(*whole.steps[:-1], replace(last, after=-last.after)))
    document = read(headed(to_latex((wrong,)), "exponential", "tex"), form="tex")
    assert read_back(document) != claims((whole,))
    assert document.lines[-1].right.expr == -last.after
    assert Symbol("rate", positive=True) in document.lines[-1].right.expr.free_symbols
