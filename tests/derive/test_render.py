"""Renderers: what is printed is what was judged, no status is lost, each format's own reader accepts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
import typst as compiler
from sympy import (
    Abs,
    Derivative,
    Expr,
    Function,
    Heaviside,
    Max,
    Piecewise,
    Rational,
    Subs,
    Symbol,
    exp,
    log,
    oo,
    sqrt,
)

from derive.render import RENDERERS
from derive.render._notation import legend, split_name, tidied
from derive.render._typst_terms import typst
from derive.render.json import steps_of
from derive.render.latex import escaped, latex
from derive.render.typst import escaped as escaped_typst
from derive.step import Condition, Derivation, Step
from derive.terms import NOISE, SAMPLE, D, Density, E, Int, Law, Total

a, b = SAMPLE, NOISE
mu = Symbol("mu", real=True)
sigma = Symbol("sigma", positive=True)
rate = Symbol("rate", positive=True)
scale_b = Symbol("b", positive=True)  # Laplace's scale: the noise's name
theta = Symbol("theta", real=True)
g = Function("g", real=True)

NORMAL = Law("normal", mu, sigma)
UNIT = Law("normal", 0, 1)
TERM = E(a**2, NORMAL, a)
START = D(TERM, mu)
MIDDLE = D(Int((mu + sigma * b) ** 2 * Density(UNIT, b), (b, -oo, oo)), mu)

HOLDS = Condition(mu < 4, "proved", "the domain of the family")
TAKEN = Condition("g_theta is 'smooth' & bounded", "assumed", "100% of it: see #3")
FAILS = Condition("the end of the support stays", "failed", "it moves with mu")


def chain(*steps: Step) -> tuple[Derivation, ...]:
    return (Derivation(TERM, mu, "pathwise", steps),)


PROVED = chain(
    Step("change of variables", START, MIDDLE, "proved", (HOLDS,), "equal to 9e-16"),
    Step("moments", MIDDLE, 2 * mu, "proved", (HOLDS,)),
)
ASSUMED = chain(Step("interchange_of limits", START, MIDDLE, "proved-if", (HOLDS, TAKEN)))
REFUSED = chain(
    Step("interchange", START, MIDDLE, "condition-failed", (FAILS,), "0.25 against 0", (("mu", "7/10"),)),
)
FORMATS = ["text", "latex", "markdown", "typst", "notebook", "json"]


def test_every_format_of_the_contract_is_there() -> None:
    assert sorted(RENDERERS) == sorted(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_assumed_is_said(form: str) -> None:
    shown = RENDERERS[form](ASSUMED)
    assert "assumed" in shown.lower()
    assert "the assumptions hold" in shown or '"status": "proved-if"' in shown
    assert "assumed:" not in RENDERERS[form](PROVED).lower()


@pytest.mark.parametrize("form", FORMATS)
def test_what_failed_is_said_with_its_witness(form: str) -> None:
    shown = RENDERERS[form](REFUSED)
    assert "failed" in shown.lower()
    assert "it moves with mu" in shown
    assert "7/10" in shown.replace("\\", "")
    assert "REFUSED" in shown or "condition-failed" in shown


@pytest.mark.parametrize("form", FORMATS)
def test_all_steps_are_shown_in_order(form: str) -> None:
    shown = RENDERERS[form](PROVED)
    assert 0 < shown.index("change of variables") < shown.index("moments")


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_chain_is_still_a_document(form: str) -> None:
    assert RENDERERS[form](chain())


def test_text_is_ascii_and_golden() -> None:
    assert RENDERERS["text"](PROVED) == (
        "The derivative by mu, pathwise: proved\n"
        "\n"
        "    d/dmu[E_[a ~ normal(mu, sigma)][a**2]]\n"
        "  = d/dmu[integral((b*sigma + mu)**2*p(b; normal(0, 1)), b=-oo..oo)]\n"
        "        (1) change of variables [proved]\n"
        "            mu < 4 (the domain of the family)\n"
        "  = 2*mu\n"
        "        (2) moments [proved]\n"
        "            mu < 4 (the domain of the family)\n"
    )


def test_json_has_the_keys_of_the_contract() -> None:
    said = json.loads(RENDERERS["json"](PROVED))
    assert said["gradient"] == {"mu": "2*mu"}
    derivation = said["derivation"]
    assert (derivation["status"], derivation["assumptions"]) == ("proved", [])
    step = derivation["steps"][0]
    assert step["rule"] == "change of variables"
    assert step["before"] == str(START)
    assert step["conditions"] == [
        {"statement": "mu < 4", "status": "proved", "evidence": "the domain of the family"}
    ]


def test_json_claims_no_more_than_the_weakest_step() -> None:
    said = json.loads(RENDERERS["json"](PROVED + REFUSED + ASSUMED))
    assert said["derivation"]["status"] == "condition-failed"
    assert said["derivation"]["assumptions"] == [TAKEN.statement]


def test_the_notebook_is_valid_and_the_same_in_every_build() -> None:
    text = RENDERERS["notebook"](PROVED)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert RENDERERS["notebook"](PROVED) == text
    assert [c.cell_type for c in notebook.cells] == ["markdown", "markdown", "code"]


def test_the_notebooks_gradient_is_the_one_derived() -> None:
    notebook = nbformat.reads(RENDERERS["notebook"](PROVED), as_version=4)
    scope: dict[str, object] = {}
    exec(notebook.cells[-1].source, scope)
    assert scope["gradient"] == {"mu": 2 * mu}


@pytest.mark.parametrize("found", [PROVED, ASSUMED, REFUSED], ids=["proved", "assumed", "refused"])
def test_typst_compiles(found: tuple[Derivation, ...], tmp_path: Path) -> None:
    source = tmp_path / "derivation.typ"
    source.write_text(RENDERERS["typst"](found), encoding="utf-8")
    assert compiler.compile(str(source), format="pdf")[:4] == b"%PDF"


TERMS: dict[str, tuple[Expr, str, str]] = {
    "expectation": (TERM, r"\mathbb{E}_{a \sim \mathcal{N}(\mu, \sigma)}\left[a^{2}\right]",
                    "bb(E)_(a tilde.op cal(N)(mu comma sigma)) lr([a^(2)])"),
    "derivative": (D(rate * a, rate), r"\frac{\partial}{\partial \mathrm{rate}} \left[a \mathrm{rate}\right]",
                   'frac(partial, partial "rate") lr([a "rate"])'),
    "integral": (Int(a + mu, (a, 0, oo)), r"\int_{0}^{\infty} \left(a + \mu\right)\,\mathrm{d}a",
                 "integral_(0)^(infinity) (a + mu) thin dif a"),
    "sum": (Total(a, (a, 0, 3)), r"\sum_{a=0}^{3} a", "sum_(a = 0)^(3) a"),
    "density": (Density(NORMAL, a), r"p_{\mu, \sigma}\left(a\right)", "p_(mu comma sigma)(a)"),
    "noise density": (Density(UNIT, b), r"q\left(b\right)", "q(b)"),
    "arbitrary law": (Law("P", theta), r"P_{\theta}", "P_(theta)"),
    "arbitrary density": (Density(Law("P", theta), a), r"P_{\theta}\left(a\right)", "P_(theta)(a)"),
    "indexed symbol": (Symbol("L[1,0]", real=True), "L_{1,0}", "L_(1 comma 0)"),
    "subscripted function": (g(a, theta), r"g_{\theta}\left(a\right)", "g_(theta)(a)"),
    "fraction": (-3 * mu / (2 * sigma**2), r"- \frac{3 \mu}{2 \sigma^{2}}", "-frac(3 mu, 2 sigma^(2))"),
    "root": (sqrt(a), r"\sqrt{a}", "sqrt(a)"),
    "exponential": (exp(-a), r"e^{- a}", "e^(-a)"),
    "absolute value": (Abs(a - mu), r"\left|{a - \mu}\right|", "abs(a - mu)"),
    "maximum": (Max(0, a), r"\max\left(0, a\right)", "max(0 comma a)"),
    "logarithm": (log(1 + a), r"\log{\left(a + 1 \right)}", "log(a + 1)"),
    "rational": (Rational(-9, 20), r"- \frac{9}{20}", "-frac(9, 20)"),
}  # fmt: skip


@pytest.mark.parametrize(("term", "tex", "typ"), TERMS.values(), ids=TERMS)
def test_terms_in_both_notations(term: Expr, tex: str, typ: str) -> None:
    assert latex(term) == tex
    assert typst(term) == typ


WIDE = [
    Piecewise((a, (a > 0) & (a < 1)), (mu, True)) * mu,
    Heaviside(a - mu) * Int(a, (a, 0, mu)) * sigma,
    Subs(Derivative(g(a, theta), a), a, theta**2),
    Derivative(g(a, theta), a, a),
    (a + mu) ** Rational(-3, 2) * (1 - a) ** sigma,
    E(a, Law("student_t", rate, mu, sigma), a) ** 2,
    Int(Density(Law("multivariate_normal", mu, 0, 1, 0, 1), a, b), (a, -oo, oo), (b, -oo, oo)),
]


@pytest.mark.parametrize("term", WIDE, ids=str)
def test_any_term_compiles_in_typst_and_balances_in_latex(term: Expr, tmp_path: Path) -> None:
    source = tmp_path / "term.typ"
    source.write_text(f"$ {typst(term)} $", encoding="utf-8")
    assert compiler.compile(str(source), format="pdf")[:4] == b"%PDF"
    tex = latex(term)
    assert tex.count("{") == tex.count("}")
    assert tex.count(r"\left") == tex.count(r"\right")


def test_a_product_with_an_integral_inside_keeps_its_scope() -> None:
    product = Int(a, (a, 0, 1)) * D(a * mu, mu)
    assert latex(product).startswith(r"\left(")
    assert typst(product).startswith("(")


def test_noise_that_looks_like_a_parameter_is_renamed() -> None:
    law = Law("laplace", mu, scale_b)
    before = D(E(a, law, a), mu)
    after = E(mu + scale_b * b, Law("laplace", 0, 1), b)
    made = Derivation(E(a, law, a), mu, "pathwise", (Step("change of variables", before, after, "proved"),))
    assert str(tidied(made).result) == "E_[z ~ laplace(0, 1)][b*z + mu]"
    assert steps_of(made)[0]["after"] == "E_[z ~ laplace(0, 1)][b*z + mu]"


def test_names_that_do_not_clash_stay() -> None:
    assert tidied(PROVED[0]) == PROVED[0]


def test_the_legend_explains_each_density_once() -> None:
    assert legend(PROVED) == (Density(UNIT, b),)


NAMES = [("mu", ("mu", "")), ("mu[0]", ("mu", "0")), ("a1", ("a", "1")), ("rate", ("rate", ""))]


@pytest.mark.parametrize(("name", "parts"), NAMES)
def test_names_are_split(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize("escape", [escaped, escaped_typst], ids=["latex", "typst"])
def test_text_is_made_harmless(escape: Callable[[str], str]) -> None:
    assert escape("a_b") == r"a\_b"
    assert escape("#1") == r"\#1"
    assert escape("plain") == "plain"
