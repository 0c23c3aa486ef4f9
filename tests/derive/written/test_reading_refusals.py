"""What is ambiguous, unknown or broken is refused where it stands, with a remedy; the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derive.written.document import Document, Form
from derive.written.reading import read
from derive.written.source import BadDocument

NORMAL, ARBITRARY, BERNOULLI = "family: normal", "family: arbitrary", "family: bernoulli"


def document(formula: str, head: str) -> Document:
    """A display with the formula in its first line and one good line after it."""
    good = r"\\ \theta = \theta" if head == ARBITRARY else r"\\ 1 = 1"
    return read(f"---\n{head}\n---\n$$\n{formula} = 1\n{good}\n$$\n", form="md")


# The formula, the front matter, the piece that is pointed at, the message, the help.
REFUSED = (
    (r"\sigma(\theta)", ARBITRARY + "\nfunctions: g(a)\nconstants: \\sigma", r"\sigma(\theta)",
     "could be a product or a function", "declare the function"),
    (r"\rho(\theta)", ARBITRARY, r"\rho(\theta)", "'\\rho' is not declared, so this could be", "functions:"),
    (r"\sigma(\mu)", NORMAL, r"\sigma(\mu)", "could be a product or a function of its argument", r"\cdot"),
    (r"P(a)", ARBITRARY, "P(a)", "could be the law of the sample or the fixed law of the noise", r"P_\theta"),
    (r"P(a)", NORMAL, "P(a)", "could be a density or a probability", r"P_\theta(a)"),
    (r"\mu (3)", NORMAL, r"\mu (3)", "could be a product or a function", r"\cdot"),
    (r"\frac{\mu}{2} (3)", NORMAL, "(3)", "a factor or the number of the equation", r"\tag"),
    (r"\sum_a P_\theta(a)+g_\theta(a)", ARBITRARY, r"g_\theta(a)", "the sum before covers", "brackets"),
    (r"g_1(a)", NORMAL + "\nintegrand: a", "g_1(a)", "is not declared", "declare it"),
    (r"p(a)", BERNOULLI, "p(a)", "could be the density or p times its argument", "p(a; p)"),
    (r"f(a)(b)", NORMAL + "\nfunctions: f(a)", "(b)", "a function applied twice", r"\cdot"),
    (r"\nabla_\theta P_\theta(a) g_\theta(a)", ARBITRARY, r"g_\theta(a)", "the derivative covers", "bracket"),
    (r"\frac{\partial}{\partial\mu}\mu^2+\sigma^2", NORMAL, r"\sigma^2", "the derivative covers", ""),
    (r"\nabla \mathbb E[a]", NORMAL, r"\nabla", "could be by any of mu, sigma", r"\nabla_\theta"),
    (r"\log 2\pi", NORMAL, r"\pi", r"belongs to '\log 2'", "brackets"),
    (r"a/2\sigma", NORMAL, r"\sigma", "under the slash", r"\frac"),
    (r"\mathcal N(a;\mu,\sigma)", NORMAL, r"\sigma", "a variance or a standard deviation", "normal: scale"),
    (r"p(a;0,4)", NORMAL, "4", "a variance or a standard deviation", "variance"),
    (r"\mathcal N(\mu,1)", NORMAL, r"\mathcal N(\mu,1)", "is a law, not a value", "point first"),
    (r"\int p(a)", NORMAL, r"\int", "without its differential", "end the integrand with da"),
    (r"\sum p(a)", NORMAL, r"\sum", "does not say over what", r"\sum_a"),
    (r"\prod_n n", NORMAL, "n", "finitely many values", "index: n = 1..3"),
    (r"\mathbb E a", NORMAL, "a", "an expectation needs brackets", r"\mathbb{E}[g(a)]"),
    (r"\mathbb E_{a\sim Q}[a]", NORMAL, "Q", "no law is called 'Q'", "laws:"),
    (r"\foo{\mu}", NORMAL, r"\foo", r"the command \foo is not known", r"\frac"),
    (r"\sigam", NORMAL, r"\sigam", r"the command \sigam is not known", r"did you mean \sigma?"),
    (r"\mu+\ldots", NORMAL, r"\ldots", r"\ldots is not read", "write them out"),
    (r"\begin{pmatrix}1\end{pmatrix}", NORMAL, r"\begin{pmatrix}", "'pmatrix' is not read", "entry by entry"),
    (r"\left(\mu", NORMAL, r"\left(", "is not closed", "add a ')'"),
    (r"\mu)", NORMAL, ")", "closes nothing", "remove it"),
    (r"(\mu]", NORMAL, "]", "meets an open '('", "close with ')'"),
    (r"\frac{1}{\mu", NORMAL, "{", "is not closed", "add a '}'"),
    (r"\mu+", NORMAL, None, "ends too early", "missing at the end"),
    (r"\mu+\cdot 2", NORMAL, r"\cdot", "a value is missing", ""),
    (r"a^12", NORMAL, "2", "only the first digit", "a^{12}"),
    (r"2 3", NORMAL, "3", "two numbers stand side by side", r"\cdot"),
    (r"|a|b|", NORMAL, "|", "do not pair up", r"\mid"),
    (r"\frac{a}{b}^2", NORMAL, "^", "what this exponent belongs to", "brackets"),
    (r"\mu_\theta", NORMAL, r"\mu_\theta", "is not declared", "constants"),
    (r"\frac{1}{0}", NORMAL, None, "divides by zero", ""),
    (r"\sqrt{-1}", NORMAL, None, "is negative, and 1/2 not an integer", ""),
    (r"9^{9^9}", NORMAL, None, "too large", "1e300"),
    (r"\mu'", NORMAL, r"\mu'", "is no function, so it has no derivative", "functions:"),
    (r"e(a)", NORMAL, "e(a)", "could be e times a bracket or an exponential", "e^{...}"),
    (r"\sin^{-1}(a)", NORMAL, "^{-1}", "the inverse function or one over", r"\arcsin"),
    (r"f^{-1}(a)", NORMAL + "\nfunctions: f(a)", "^{-1}", "the inverse function or one over", "1/f(x)"),
    (r"e!", NORMAL, "e!", "one exponent", "e^{...}"),
    (r"e^{(2)}", NORMAL, "e^{(2)}", "one exponent", "e^{...}"),
    (r"\mathbb E_{a\sim\mathrm{Exp}(1/\beta)}[a]", "family: exponential", r"\beta", "is not declared", ""),
    (r"\theta", NORMAL, r"\theta", "is not declared", "mu, sigma"),
)  # fmt: skip


@pytest.mark.parametrize(("formula", "head", "piece", "message", "help"),
                         REFUSED, ids=lambda v: str(v)[:24])  # fmt: skip
def test_it_is_refused_where_it_stands(
    formula: str, head: str, piece: str | None, message: str, help: str
) -> None:
    made = document(formula, head)
    (problem,) = made.problems
    assert message in problem.message
    assert help in (problem.help or "")
    if piece is not None:
        assert problem.span.text == piece
    row = head.count("\n") + 5
    assert (problem.span.line, problem.span.end_line) == (row, row)
    assert len(made.lines) == 1  # the good line after it


@pytest.mark.parametrize(
    ("sign", "what"),
    [(r"\le", "is no equality"), (r"\ne", "is no equality"), (r"\approx", "claims an approximation"),
     (r"\propto", "claims a proportionality"), (r"\to", "claims a limit")],
)  # fmt: skip
def test_only_equalities_are_claims(sign: str, what: str) -> None:
    made = read(f"---\nfamily: normal\n---\n$$\\mu {sign} 1$$\n\n$$1 = 1$$\n", form="md")
    (problem,) = made.problems
    assert what in problem.message
    assert problem.span.text == sign
    assert len(made.lines) == 1


def test_a_line_after_an_unreadable_one_goes_on_from_what_is_read() -> None:
    rows = "\\mu &= \\foo \\\\ &= \\sigma \\\\ &= 2"
    made = read(f"---\nfamily: normal\n---\n$$\\begin{{aligned}}{rows}\\end{{aligned}}$$\n", form="md")
    assert [(line.left.echo, line.right.echo) for line in made.lines] == [("sigma", "2")]
    assert len(made.problems) == 1


def test_a_line_without_a_left_side_is_a_problem() -> None:
    made = read("$$= 1$$\n", form="md")
    assert [problem.message for problem in made.problems] == [
        "this line begins with '=', but nothing stands before it"
    ]


HEADS = (
    ("family: nromal", "no family is called 'nromal'", "did you mean 'normal'"),
    ("family: normal\nwrt: theta", "normal has no parameter 'theta'", "mu, sigma"),
    ("family: normal\nat: sigma = -1", "normal needs sigma > 0", "--at"),
    ("family: normal\nat: mu = a", "not a number", "fraction"),
    ("family: normal\nindex: j", "an index has a range or a value", "j = 1..3"),
    ("family: normal\nfunctions: h(", "'h(' in the front matter is not read", "add a ')'"),
    ("family: normal\nfunctions: s = sigmoud", "no function is called 'sigmoud'", "sigmoid"),
    ("family: normal\nnormal: precision", "'variance' or 'scale'", "second parameter"),
    ("family: normal\nintegrand: q**2", "'q^{2}' is not declared", "constants"),
    ("family normal", "no 'key: value'", "family: normal"),
)


@pytest.mark.parametrize(("head", "message", "help"), HEADS, ids=lambda v: str(v)[:24])
def test_the_front_matter_is_refused_where_it_stands(head: str, message: str, help: str) -> None:
    made = read(f"---\n{head}\n---\n$$1 = 1$$\n", form="md")
    found = [p for p in made.problems if message in p.message and help in (p.help or "")]
    assert found != []
    assert all(2 <= p.span.line <= 1 + len(head.split("\n")) for p in found)
    assert len(made.lines) == 1


def test_a_wrong_subject_leaves_the_lines() -> None:
    made = read("---\nfamily: normal\nat: sigma = -1\n---\n$$1 = 1$$\n", form="md")
    assert made.subject is None
    assert len(made.lines) == 1


BAD = (
    ("", "md", "is empty"),
    (" \n\t\n", "tex", "is empty"),
    ("{" * 1_000_001, "md", "at most 1,000,000 are read"),
    ("{", "ipynb", "is no notebook"),
    ("[]", "ipynb", "is no notebook"),
    (json.dumps({"cells": []}), "ipynb", "has no Markdown cell"),
    (json.dumps({"cells": [{"cell_type": "markdown", "source": 3}]}), "ipynb", "source is no text"),
    ("[" * 200_000, "ipynb", "is no notebook"),
)


@pytest.mark.parametrize(("text", "form", "message"), BAD, ids=lambda v: str(v)[:20])
def test_what_is_no_derivation_is_refused(text: str, form: Form, message: str) -> None:
    with pytest.raises(BadDocument, match=message) as caught:
        read(text, form=form)
    assert caught.value.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="cannot be read: No such file"):
        read(tmp_path / "nothing.md")
    latin = tmp_path / "latin.md"
    latin.write_bytes(b"$$ a = \xe9 $$")
    with pytest.raises(BadDocument, match="is not UTF-8 text"):
        read(latin)
    other = tmp_path / "notes.docx"
    other.write_text("x")
    with pytest.raises(BadDocument, match="is no written derivation") as caught:
        read(other)
    assert ".ipynb" in (caught.value.help or "")
    large = tmp_path / "large.md"
    large.write_text("{" * 10_000_000)
    with pytest.raises(BadDocument, match="10,000,000 bytes"):
        read(large)


@pytest.mark.parametrize("picture", ["![a formula](f.png)", r"\includegraphics{f.png}", '<img src="f.png">'])
def test_a_picture_of_a_formula_is_named(picture: str) -> None:
    made = read(f"{picture}\n\n$$1 = 1$$\n", form="md")
    assert [(p.message, p.span.line) for p in made.problems] == [("a picture cannot be read", 1)]
    assert len(made.lines) == 1


def test_a_text_without_an_equation_says_so() -> None:
    (problem,) = read("Only words.", form="md").problems
    assert problem.message == "no equation was found here"
    assert "$$" in (problem.help or "")


def test_a_display_that_is_not_closed() -> None:
    (problem,) = read("---\nfamily: normal\n---\ntext\n$$\\mu = \\mu\n", form="md").problems
    assert problem.message == "this display, opened by '$$', is not closed"
    assert (problem.span.line, problem.span.column) == (5, 1)


def test_nothing_is_evaluated_as_python(tmp_path: Path) -> None:
    target = tmp_path / "made"
    text = f"---\nintegrand: open('{target}', 'w')\nfunctions: __import__('os')\n---\n$$1 = 1$$\n"
    made = read(text, form="md")
    assert made.problems != ()
    assert not target.exists()
