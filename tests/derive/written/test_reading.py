"""The notation of slides, papers and exercise sheets, read to the very expressions that the kernel uses."""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median

import pytest
from sympy import (
    Abs,
    Derivative,
    Expr,
    Function,
    Heaviside,
    Piecewise,
    Rational,
    Subs,
    Symbol,
    cos,
    erf,
    exp,
    factorial,
    log,
    oo,
    pi,
    sqrt,
)

from derive.generic import MU, SIGMA, THETA, G
from derive.terms import NOISE, SAMPLE, D, Density, E, Int, Law, Total
from derive.written.document import Document
from derive.written.reading import read

DATA = Path(__file__).parent / "data"
a, b, t = SAMPLE, NOISE, THETA
mu, sigma = Symbol("mu", real=True), Symbol("sigma", positive=True)
p, rate = Symbol("p", positive=True), Symbol("rate", positive=True)
NORMAL, UNIT, EXPONENTIAL = Law("normal", mu, sigma), Law("normal", 0, 1), Law("exponential", rate)
P, BASE, BERNOULLI = Law("P", t), Law("P", 0, 1), Law("bernoulli", p)
LINE, NOISES = (a, -oo, oo), (b, -oo, oo)
PATH = MU(t) + SIGMA(t) * b
g = G(a, t)
MOVED, STANDARD = G(PATH, t), (a - MU(t)) / SIGMA(t)
ALONG = Int(Density(BASE, b) * MOVED, NOISES)
SLOPE = Subs(Derivative(g, a), (a,), (PATH,))
VELOCITY = Derivative(MU(t), t) + Derivative(SIGMA(t), t) * b


def document(formula: str, **head: str) -> Document:
    lines = "".join(f"{key}: {value}\n" for key, value in head.items())
    return read(f"---\n{lines}---\n$$\n{formula} = 0\n$$\n", form="md")


def side(formula: str, **head: str) -> Expr:
    """What a formula is read as."""
    made = document(formula, **head)
    assert [(problem.span.place, problem.message) for problem in made.problems] == []
    return made.lines[0].left.expr


GENERIC = {
    r"\mathbb{E}_{a \sim P_\theta}[g_\theta(a)]": E(g, P, a),
    r"\mathbf E_{a\sim P_\theta}\bigl[g_\theta(a)\bigr]": E(g, P, a),
    r"\operatorname{E}_{P_\theta}\left(g_\theta(a)\right)": E(g, P, a),
    r"E_{b\sim P}[g_\theta(\mu_\theta+\sigma_\theta b)]": E(G(PATH, t), BASE, b),
    r"\sum_a g_\theta(a)\frac{\partial}{\partial\theta}P_\theta(a)": Total(g * D(Density(P, a), t), LINE),
    r"\int P_\theta(a)\,g_\theta(a)\,da": Int(Density(P, a) * g, LINE),
    r"\int_{\tilde{\Omega}} P(b) g_\theta(b\sigma_\theta+\mu_\theta) db": ALONG,
    r"\frac1{\sigma_\theta}P\Big(\frac{a-\mu_\theta}{\sigma_\theta}\Big)": Density(BASE, STANDARD) / SIGMA(t),
    r"\nabla_\theta\log P_\theta(a)": D(log(Density(P, a)), t),
    r"\partial_\theta\left[P_\theta(a)g_\theta(a)\right]": D(Density(P, a) * g, t),
    r"\frac{\partial P_\theta(a)}{\partial\theta}": D(Density(P, a), t),
    r"g_\theta'(\mu_\theta+\sigma_\theta b)": Subs(Derivative(g, a), (a,), (PATH,)),
    r"(\partial_\theta g_\theta)(\mu_\theta+\sigma_\theta b)": Subs(Derivative(g, t), (a,), (PATH,)),
    r"\frac{\partial g_\theta}{\partial a}(\mu_\theta+\sigma_\theta b)": SLOPE,
    r"\partial_a g_\theta(a)\big|_{a=\mu_\theta+\sigma_\theta b}": Subs(Derivative(g, a), (a,), (PATH,)),
    r"\mu_\theta'+\sigma_\theta' b": VELOCITY,
    r"\mu^\prime_\theta + \frac{d\sigma_\theta}{d\theta} b": VELOCITY,
    r"P_\theta(a)\,g_\theta(a)^2": Density(P, a) * g**2,
    r"g_\theta^2(a)": g**2,
}

OF_THE_NORMAL = {
    r"\mathcal N(a;\mu,\sigma^2)": Density(NORMAL, a),
    r"\mathcal{N}(a\mid\mu,\sigma^2)": Density(NORMAL, a),
    r"p(a;\mu,\sigma)": Density(NORMAL, a),
    r"p_\theta(a)": Density(NORMAL, a),
    r"p_{\mu,\sigma}(a)": Density(NORMAL, a),
    r"\mathcal N(a;0,1)": Density(UNIT, a),
    r"\mathcal N(a;\mu,4)": Density(Law("normal", mu, 2), a),
    r"\mathbb E_{x\sim\mathcal N(\mu,\sigma^2)}[x^2]": E(a**2, NORMAL, a),
    r"\mathbb E_{\epsilon\sim\mathcal N(0,1)}[(\mu+\sigma\epsilon)^2]": E((mu + sigma * b) ** 2, UNIT, b),
    r"\mathbb E[a^2]": E(a**2, NORMAL, a),
    r"\mathbb E[a]^2": E(a, NORMAL, a) ** 2,
    r"\frac{\partial^2}{\partial\mu^2}\mathbb E[a^2]": D(D(E(a**2, NORMAL, a), mu), mu),
    r"\mathbb E[|a|\,\mathbf 1\{a>1\}]": E(Abs(a) * Heaviside(a - 1), NORMAL, a),
    r"\Pr(a>1)": E(Heaviside(a - 1), NORMAL, a),
    r"\Phi\left(\frac{1-\mu}{\sigma}\right)": (1 + erf((1 - mu) / sigma / sqrt(2))) / 2,
    r"\phi(b)": exp(-(b**2) / 2) / sqrt(2 * pi),
    r"\frac{1}{\sqrt{2\pi\sigma^2}}e^{-\frac{(a-\mu)^2}{2\sigma^2}}": exp(-((a - mu) ** 2) / (2 * sigma**2))
    / sqrt(2 * pi * sigma**2),
    r"\exp\left\{-\mu\right\}\ln(\sigma)": exp(-mu) * log(sigma),
    r"\cos\mu\cdot\sqrt[3]{\sigma}": cos(mu) * sigma ** Rational(1, 3),
    r"\int_1^\infty p(a)\,\mathrm{d}a": Int(Density(NORMAL, a), (a, 1, oo)),
    r"\int_{a>1} p(a)\,da": Int(Density(NORMAL, a), (a, 1, oo)),
    r"\int da\,p(a)": Int(Density(NORMAL, a), LINE),
    r"0.45\mu": Rational(9, 20) * mu,
    r"\begin{cases} a & a>0 \\ 0 & \text{otherwise}\end{cases}": Piecewise((a, a > 0), (0, True)),
    r"\underbrace{\mu}_{\text{mean}}+\boxed{\sigma}": mu + sigma,
}
OF_OTHERS = (
    ("exponential", r"\lambda e^{-\lambda a}", rate * exp(-rate * a)),
    ("exponential", r"\int a\,p(a;\lambda)\,da", Int(a * Density(EXPONENTIAL, a), (a, 0, oo))),
    ("exponential", r"\mathbb E_{a\sim\mathrm{Exp}(\lambda)}[a]", E(a, EXPONENTIAL, a)),
    ("bernoulli", r"\mathbb E_{a\sim\text{Bernoulli}(p)}[a]", E(a, BERNOULLI, a)),
    ("bernoulli", r"\sum_{a\in\{0,1\}}a\,p(a;p)", Total(a * Density(BERNOULLI, a), (a, 0, 1))),
    ("bernoulli", r"p^a(1-p)^{1-a}", p**a * (1 - p) ** (1 - a)),
    ("poisson", r"\frac{\lambda^a}{a!}", rate**a / factorial(a)),
    ("poisson", r"\sum_a a", Total(a, (a, 0, oo))),
)


@pytest.mark.parametrize("formula", GENERIC)
def test_the_slides_notation(formula: str) -> None:
    assert side(formula, family="arbitrary") == GENERIC[formula]


@pytest.mark.parametrize("formula", OF_THE_NORMAL)
def test_the_notation_of_a_family(formula: str) -> None:
    assert side(formula, family="normal") == OF_THE_NORMAL[formula]


@pytest.mark.parametrize(("family", "formula", "meaning"), OF_OTHERS, ids=lambda v: str(v)[:30])
def test_the_notation_of_other_families(family: str, formula: str, meaning: Expr) -> None:
    assert side(formula, family=family) == meaning


def test_an_indicator_on_whole_numbers_is_no_step() -> None:
    """A step function is one half at its jump, which has probability there."""
    made = side(r"\mathbf 1\{a\ge 1\}", family="bernoulli")
    assert [made.subs(a, k) for k in (0, 1)] == [0, 1]


def test_functions_are_declared_in_the_notation_of_their_use() -> None:
    made = side(r"w_t(s)\,h''(x)", family="arbitrary", functions="w_t(s), h(x)", constants="t, s, x")
    w, h = Function("w", real=True), Function("h", real=True)
    s, time_, x = (Symbol(n, real=True) for n in ("s", "t", "x"))
    assert made == w(s, time_) * Derivative(h(x), x, x)


def test_a_defined_function_is_replaced_by_its_definition() -> None:
    assert side(r"g'(\mu+\sigma b)", family="normal", functions="g(a) = a^3") == 3 * (mu + sigma * b) ** 2


def test_g_is_the_integrand_that_the_front_matter_gives() -> None:
    head = {"family": "normal", "integrand": "mu*a**2"}
    assert side(r"\int P_\theta(a)\,g_\theta(a)\,da", **head) == Int(Density(NORMAL, a) * mu * a**2, LINE)
    assert side(r"\nabla_\mu g(a)", **head) == D(mu * a**2, mu)


def test_a_declared_index_is_written_out() -> None:
    head = {"family": "arbitrary", "vectors": r"\phi", "index": "j = 1..3, k = 2"}
    made = side(r"\sum_j\phi_j\prod_{j\ne k}\phi_j", **head)
    one, two, three = (Symbol(f"phi[{i}]", real=True) for i in (1, 2, 3))
    assert made == one * one * three + two * one * three + three * one * three


def test_a_subscript_may_be_a_function_of_theta_in_a_family() -> None:
    made = side(r"\mathbb E_{a\sim\mathcal N(\mu_\theta,\sigma_\theta^2)}[a]", family="normal",
                functions=r"\mu_\theta, \sigma_\theta > 0")  # fmt: skip
    assert made == E(a, Law("normal", MU(t), SIGMA(t)), a)


def test_the_standard_deviation_may_stand_in_the_law() -> None:
    assert side(r"\mathcal N(a;\mu,\sigma)", family="normal", normal="scale") == Density(NORMAL, a)


def test_the_family_and_the_integrand_are_read_from_the_first_line() -> None:
    made = read(r"$$\nabla_m \mathbb E_{x\sim\mathcal N(m,s^2)}[x^2] = 2m$$", form="md")
    header = made.header
    assert (header.family, header.integrand, header.wrt) == ("normal", "a**2", ("mu",))
    assert set(header.inferred) == {"family", "wrt", "integrand"}
    assert made.subject is not None
    assert made.subject.term == E(a**2, NORMAL, a)
    assert made.lines[0].right.echo == "2*m"


INFERRED = (
    (r"\nabla_\phi\mathbb E_{z\sim q_\phi}[f(z)]", None, D(E(Function("f", real=True)(a), P, a), t), "phi"),
    (r"\frac{d}{dw}\mathbb E_{x\sim p(x;w)}[f(x)]", None, D(E(Function("f", real=True)(a), P, a), t), "w"),
    (r"\int x\,\mathcal N(x;m,s^2)\,dx", "normal", Int(a * Density(NORMAL, a), LINE), "m"),
    (r"\int(\mu+\sigma z)\mathcal N(z;0,1)\mathcal N(x;\mu,\sigma^2)\,dz", "normal",
     Int((mu + sigma * b) * Density(UNIT, b) * Density(NORMAL, a), NOISES), "z"),
)  # fmt: skip


@pytest.mark.parametrize(("formula", "family", "meaning", "letter"), INFERRED, ids=lambda v: str(v)[:30])
def test_letters_are_read_from_laws_and_densities(
    formula: str, family: str | None, meaning: Expr, letter: str
) -> None:
    made = document(formula)
    assert made.problems == ()
    assert made.header.family == family
    assert made.lines[0].left.expr == meaning
    assert letter in dict(made.names).values()


def test_chains_notes_and_places() -> None:
    text = "% family: normal\n\\begin{align*}\n\\mathbb E[a] &= \\mu && \\text{(mean)} \\\\ % known\n" \
           "  &= \\mu + 0 \\\\\n  &\\quad - 0 \\tag{2}\n\\end{align*}\n"  # fmt: skip
    one, two = read(text, form="tex").lines
    assert (one.note, two.note) == ("mean; known", None)
    assert (one.chained, two.chained) == (False, True)
    assert two.left == one.right
    assert one.left.span.place == "line 3, column 1"
    assert (one.left.latex, two.right.span.line, two.right.span.end_line) == ("\\mathbb E[a]", 4, 5)
    assert (one.number, two.number) == (1, 2)


def test_a_display_that_begins_with_a_sign_goes_on() -> None:
    made = read("---\nfamily: normal\n---\n$$\\mu = 1$$\n\nand\n\n$$+ \\sigma$$\n", form="md")
    assert [line.right.expr for line in made.lines] == [1 + sigma]


def test_a_display_that_begins_with_an_equality_goes_on() -> None:
    cells = ["---\nfamily: normal\n---\n$$\\mu = 1$$", "by luck\n\n$= \\sigma$ (guessed)"]
    notebook = {"cells": [{"cell_type": "markdown", "source": c} for c in cells]}
    one, two = read(json.dumps(notebook), form="ipynb").lines
    assert (one.right.expr, two.left.expr, two.right.expr, two.note) == (1, 1, sigma, "guessed")
    assert two.span.place == "cell 2, line 3, column 4"


def test_prose_code_and_comments_are_no_derivation() -> None:
    text = "```python\nx = 1\n```\nwhere $\\sigma = 1$ holds, `a = b`\n<!-- $$a = b$$ -->\n$$\\mu = \\mu$$\n"
    made = read("---\nfamily: normal\n---\n" + text, form="md")
    assert [(line.left.expr, line.right.expr) for line in made.lines] == [(mu, mu)]
    assert made.problems == ()


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda path: path.name)
def test_canonical_derivations_are_read_completely(path: Path) -> None:
    made = read(path)
    assert [(problem.span.place, problem.message) for problem in made.problems] == []
    assert len(made.lines) >= 2
    assert made.subject is not None
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        lines = text.split("\n")
        for line in made.lines:
            for formula in (line.left, line.right):
                first = formula.span.text.split("\n")[0]
                assert lines[formula.span.line - 1][formula.span.column - 1 :].startswith(first)


def test_every_canonical_derivation_is_there_in_three_styles() -> None:
    for stem in ("split", "score", "reparam", "gumbel_max", "concrete", "policy"):
        found = {path.suffix for path in DATA.iterdir() if path.name.startswith(stem)}
        assert found == {".md", ".tex", ".ipynb"}, stem


def test_the_slides_are_read_as_they_are() -> None:
    made = read(DATA / "slides.md")
    split = Total(g * D(Density(P, a), t), LINE) + Total(Density(P, a) * D(g, t), LINE)
    assert [(line.left.expr, line.right.expr) for line in made.lines] == [
        (E(g, P, a), Total(Density(P, a) * g, LINE)),
        (D(E(g, P, a), t), split),
        (D(E(g, P, a), t), split),
        (Density(P, a), Density(BASE, (a - MU(t)) / SIGMA(t)) / SIGMA(t)),
        (E(g, P, a), Int(Density(BASE, b) * G(PATH, t), NOISES)),
        (D(E(G(PATH, t), BASE, b), t), E(D(G(PATH, t), t), BASE, b)),
        (E(g, P, a), Total(Density(P, a) * g, LINE)),
    ]


def test_a_page_is_read_in_a_moment() -> None:
    path = DATA / "score_normal.md"
    times = []
    for _ in range(5):
        started = time.process_time()
        read(path)
        times.append(time.process_time() - started)
    assert median(times) < 0.3  # measured: 0.03 s on an idle core


def handbook_examples() -> list[str]:
    page = Path(__file__).parents[3] / "docs" / "handbook" / "written-notation.md"
    fenced = page.read_text(encoding="utf-8").split("\n```\n")
    return [block for block in fenced if block.startswith("---\n")]


@pytest.mark.parametrize("example", handbook_examples(), ids=lambda text: text.split("\n")[1])
def test_the_examples_of_the_handbook_are_read(example: str) -> None:
    made = read(example, form="md")
    assert [(problem.span.place, problem.message) for problem in made.problems] == []
    assert len(made.lines) >= 1


def test_the_handbook_has_its_examples() -> None:
    assert len(handbook_examples()) == 3


def test_a_constant_may_be_declared_by_its_value_alone() -> None:
    line = "\\nabla_m\\mathbb E_{x\\sim\\mathcal N(m,s^2)}[c x] = c"
    made = read(f"---\nat: m = 1/2, c = 3\n---\n$${line}$$", form="md")
    c = Symbol("c", real=True)
    assert made.lines[0].left.expr == D(E(c * a, NORMAL, a), mu)
    assert dict(made.header.at) == {"mu": Rational(1, 2), "c": 3}
    assert made.subject is not None
    assert made.subject.point[c] == 3
