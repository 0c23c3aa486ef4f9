"""Whatever is fed to the reader: no crash, no hang, and every rejection has a place in the text.

Property tests over random LaTeX and over mutations of derivations that are read; then the inputs that are
meant to hurt: megabytes of braces, unclosed displays, towers of powers, sums nested without end.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.written.document import Document, Form
from derive.written.reading import read
from derive.written.source import MAX_BYTES, BadDocument

DATA = sorted(p for p in (Path(__file__).parent / "data").iterdir() if p.suffix in (".md", ".tex"))
PIECES = (
    r"\mathbb{E}",
    r"_{a\sim P_\theta}",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    r"\left(",
    r"\right)",
    r"\int",
    r"\sum_a",
    r"\sum_{a=0}^{\infty}",
    "da",
    "db",
    "d",
    r"\frac{\partial}{\partial\theta}",
    r"\nabla_\theta",
    r"P_\theta(a)",
    r"g_\theta(a)",
    "=",
    "&=",
    r"\\",
    "+",
    "-",
    r"\cdot",
    "/",
    "^",
    "_",
    "^2",
    r"\theta",
    r"\mu",
    r"\sigma_\theta",
    r"\log",
    r"\exp",
    r"e^{",
    "|",
    r"\left|",
    r"\right|",
    r"\left.",
    r"|_{a=1}",
    r"\mathbf 1\{a>c\}",
    ",",
    ";",
    "'",
    r"\begin{cases}",
    r"\end{cases}",
    r"\text{otherwise}",
    "&",
    r"\prod_j",
    r"\sqrt",
    r"\frac",
    "1",
    "12",
    "0.5",
    "x",
    r"\mathcal N(\mu,\sigma^2)",
    r"\quad",
    r"\foo",
    "%",
    "$",
    "#",
    "!",
    r"\Gamma(a)",
    r"\infty",
    r"\overset{!}{=}",
    r"\underbrace{a}_{b}",
    r"\tag{1}",
    "\n",
    "\u03b8",
    r"\sim",
    r"\mid",
    r"\in",
    r"\ne",
    "<",
    r"\le",
    r"\,",
)
HEADS = (
    "",
    "---\nfamily: normal\n---\n",
    "---\nfamily: bernoulli\nconstants: c, x\n---\n",
    "---\nfamily: arbitrary\nvectors: x\nindex: j = 1..3\nfunctions: x(a), g_\\theta(a)\n---\n",
)
# Of the processor, which other programs do not use up: far above what any of these take.
SECONDS = 10.0


def checked(text: str, form: Form) -> Document | None:
    """Read a text and hold the reader to its promises."""
    started = time.process_time()
    try:
        document = read(text, form=form)
    except BadDocument:  # empty, too large, no notebook: see test_reading
        return None
    assert time.process_time() - started < SECONDS
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in document.problems:
        span = problem.span
        assert problem.message
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
    for line in document.lines:
        assert line.left.echo
        assert line.right.echo
    return document


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(HEADS), st.lists(st.sampled_from(PIECES), max_size=25))
def test_random_formulas_are_read_or_refused_with_a_place(head: str, pieces: list[str]) -> None:
    checked(f"{head}\n$$\n{' '.join(pieces)}\n$$\n", "md")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=120), st.sampled_from(["md", "tex"]))
def test_random_text_is_read_or_refused_with_a_place(text: str, form: Form) -> None:
    checked(text, form)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_random_front_matter_is_read_or_refused_with_a_place(text: str) -> None:
    checked(
        f"---\nfamily: normal\nfunctions: {text}\nat: {text}\nindex: {text}\n---\n$$\\mu = \\mu$$\n", "md"
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["cells", "source", "cell_type", "metadata"]), inner, max_size=3),
                    max_leaves=12))  # fmt: skip
def test_random_json_is_no_crash(tree: object) -> None:
    checked(json.dumps(tree), "ipynb")


def mutated(text: str, seed: int) -> str:
    """The text with a few places deleted, doubled, swapped or replaced."""
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text))
        upto = min(len(text), at + rng.choice((1, 1, 2, 5, 12)))
        piece = rng.choice(("", text[at:upto] * 2, rng.choice(PIECES), text[at:upto][::-1]))
        text = text[:at] + piece + text[upto:]
    return text


@pytest.mark.parametrize("path", DATA, ids=lambda p: p.name)
def test_mutations_are_read_or_refused_with_a_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    form: Form = "tex" if path.suffix == ".tex" else "md"
    for seed in range(12):
        checked(mutated(text, seed), form)


HURTFUL = {
    "braces": "$$" + "{" * 400_000 + "$$",
    "pairs of braces": "$$a = " + "{}" * 200_000 + "$$",
    "unclosed displays": "\\[\n" * 150_000,
    "unclosed comments": "<!--" * 200_000,
    "unclosed verbatim": "\\begin{verbatim}" * 50_000,
    "backslashes": "\\" * 900_000,
    "pictures": "![" * 400_000,
    "dollars": "$" * 900_001,
    "one long line": "$" + "a" * 900_000 + "$",
    "ampersands": "$$a &" + "&" * 400_000 + "$$",
    "brackets": "$$a = " + "(" * 3_000 + "a" + ")" * 3_000 + "$$",
    "operators": "$$a = " + r"\sum_a" * 1_500 + "a$$",
    "derivatives": "$$a = " + r"\partial_\theta" * 1_500 + "a$$",
    "powers": "$$a = 9^{9^{9^{9^{9}}}}$$",
    "factorial": "$$a = 999999!$$",
    "exponential": "$$a = e^{e^{e^{e^{9}}}}$$",
    "power of a power": "$$a = ((((((2^{999})^{999})^{999})^{999})^{999})^{999})^{999}$$",
    "many terms": "$$a = " + "+".join(["a"] * 1_900) + "$$",
    "many factors": "$$a = " + "a " * 3_900 + "$$",
    "many lines": "$$a = a$$\n" * 20_000,
    "fences": "```math\n" * 100_000,
    "quotes": ">" * 900_000,
    "percent": "%" * 900_000,
    "primes": "$$g" + "'" * 3_000 + "(a) = 1$$",
    "gamma": r"$$a = \Gamma(1000000000)$$",
    "many arguments": r"$$a = \max(" + ",".join(f"{i}a" for i in range(900)) + ")$$",
    "many conditions": r"$$a = \mathbf 1\{" + ",".join(f"a>{i}" for i in range(300)) + r"\}$$",
    "sums in sums": "---\nvectors: x\nindex: i = 1..60, j = 1..60, k = 1..60\n---\n"
    r"$$x_1 = \sum_i\sum_j\sum_k x_i x_j x_k$$",
    "derivatives of a definition": "---\nfamily: normal\nfunctions: g(a) = e^{a^2}\n---\n$$1 = g"
    + "'" * 60
    + "(a)$$",
    "nested fractions": "$$1 = " + r"\frac{1}{1+" * 50 + "1" + "}" * 50 + "$$",
    "nested cases": "$$a = " + r"\begin{cases}" * 500 + "$$",
    "quads": "$$a = " + r"\quad " * 100_000 + "$$",
}


@pytest.mark.parametrize("form", ["md", "tex"])
@pytest.mark.parametrize("name", HURTFUL)
def test_hurtful_inputs_end_at_once(name: str, form: Form) -> None:
    started = time.process_time()
    checked(HURTFUL[name], form)
    assert time.process_time() - started < SECONDS


def test_what_is_too_large_is_refused_unread() -> None:
    started = time.process_time()
    with pytest.raises(BadDocument, match=r"10,000,000 bytes; at most 1,000,000 are read"):
        read("{" * (10 * MAX_BYTES), form="md")
    assert time.process_time() - started < SECONDS
