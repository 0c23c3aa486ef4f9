"""Lines of mistakes, read from the text of a submission: told where one place is it, and nowhere else."""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

import pytest

from checks.grading.lines import MOST_SOURCE, line_of
from checks.mistakes import MISTAKES

HEAD = "import torch\nfrom torch.distributions import Normal\n\n\ndef estimate(f, theta, n):\n"
# The mistake, the function's body, and the line of the body that it is on; 0 where that is not certain.
CASES = {
    "sum": ("sum_for_mean", ["b = torch.randn(n)", "return f(theta.mu + theta.sigma * b).sum()"], 2),
    "sum-in-a-chain": ("sum_for_mean", ["return (f(theta.mu + torch.randn(n))", "    .double()", "    .sum())"], 3),
    "sum-as-function": ("sum_for_mean", ["c = f(theta.mu + torch.randn(n))", "return torch.sum(c)"], 2),
    "two-sums": ("sum_for_mean", ["s = (theta.mu * torch.ones(n, 3)).sum(1)", "return (f(s) * s).sum()"], 0),
    "sum-divided": ("sum_for_mean", ["c = f(theta.mu + torch.randn(n))", "return c.sum() / n"], 0),
    "sum-in-a-loop": ("sum_for_mean", ["for i in range(n):", "    c = f(theta.mu)", "return c.sum()"], 0),
    "sum-beside-a-mean": ("sum_for_mean", ["c = f(theta.mu)", "return c.sum() + c.mean()"], 0),
    "sample": ("dropped_distributional_term", ["a = Normal(theta.mu, theta.sigma).sample((n,))", "return f(a).mean()"], 1),
    "sample-with-log-prob": ("dropped_distributional_term", ["p = Normal(theta.mu, theta.sigma)", "a = p.sample((n,))", "return (f(a) + 0 * p.log_prob(a)).mean()"], 0),
    "square": ("squared_scale", ["b = torch.randn(n)", "return f(theta.mu + theta.sigma**2 * b).mean()"], 2),
    "square-by-pow": ("squared_scale", ["v = theta['sigma'].pow(2)", "return f(theta.mu + v * torch.randn(n)).mean()"], 1),
    "square-with-a-root": ("squared_scale", ["v = theta.sigma**2", "return f(theta.mu + v * v.sqrt() * torch.randn(n)).mean()"], 0),
    "minus": ("sign_of_score", ["c = f(torch.randn(n))", "return -(c * torch.log(theta.p)).mean()"], 2),
    "minus-and-difference": ("sign_of_score", ["c = f(torch.randn(n))", "return -(c * torch.log(1 - theta.p)).mean()"], 0),
    "baseline": ("own_sample_in_baseline", ["c = f(torch.randn(n))", "base = c.mean()", "return ((c - base) * theta.mu).mean()"], 2),
    "two-baselines": ("own_sample_in_baseline", ["c = f(torch.randn(n))", "base = c.mean()", "m = theta.mu.mean()", "return ((c - base) * m).mean()"], 0),
    "detached": ("detached_scale", ["s = theta.sigma.detach()", "return f(theta.mu + s * torch.randn(n)).mean()"], 1),
    "detached-twice": ("detached_scale", ["s = theta.sigma.detach() + theta.sigma.item()", "return f(theta.mu + s * torch.randn(n)).mean()"], 0),
    "no-form-for-it": ("score_of_noise", ["return f(theta.mu).sum()"], 0),
}  # fmt: skip


def source(lines: list[str]) -> str:
    return HEAD + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize("name", CASES)
def test_the_line_is_told_where_it_is_certain(name: str) -> None:
    mistake, lines, wanted = CASES[name]
    first = HEAD.count("\n")
    expected = first + wanted if wanted else None
    assert line_of(source(lines).encode(), "estimate", mistake, "pathwise") == expected


def test_the_mistakes_are_known_ones() -> None:
    known = {"sum_for_mean", "own_sample_in_baseline", *MISTAKES}
    assert {mistake for mistake, _, _ in CASES.values()} <= known


def test_a_sample_without_a_graph_is_no_fault_in_a_score_function() -> None:
    mistake, lines, _ = CASES["sample"]
    assert line_of(source(lines).encode(), "estimate", mistake, "score_function") is None


def test_what_other_functions_call_their_own_is_none_of_its_names() -> None:
    other = "\n\ndef other(f, theta, n):\n    b = torch.randn(n)\n    return b.sum()\n"
    mistake, lines, wanted = CASES["sum"]
    text = (source(lines) + other).encode()
    assert line_of(text, "estimate", mistake, "pathwise") == HEAD.count("\n") + wanted


SUM = CASES["sum"][1]
UNCERTAIN = {
    "defined-twice": source(SUM) + "\n\ndef estimate(f, theta, n):\n    return f(theta.mu)\n",
    "defined-again-by-a-name": source(SUM) + "\nestimate = estimate\n",
    "calls-its-own-helper": "def randn(n):\n    return n\n\n" + source(["b = randn(n)", *SUM[1:]]),
    "calls-a-helper-under-a-condition": "if True:\n    def randn(n):\n        return n\n\n"
    + source(["b = randn(n)", *SUM[1:]]),
    "uses-a-name-of-the-module": "b = 2\n" + source(SUM),
    "decorated": HEAD.replace("def est", "@torch.no_grad()\ndef est") + "    return f(theta.mu).sum()\n",
    "inside-a-class": "class A:\n    def estimate(f, theta, n):\n        return f(theta.mu).sum()\n",
    "a-lambda": "estimate = lambda f, theta, n: f(theta.mu).sum()\n",
    "elsewhere": source(SUM).replace("estimate", "other"),
    "too-long": source(SUM) + "#" * MOST_SOURCE,
    "no-python": "def estimate(",
    "a-null-byte": "def estimate(f, theta, n):\0",
    "deep": "x = " + "-" * 50_000 + "1\n" + source(SUM),
    "parentheses": "x = " + "(" * 50_000 + "\n" + source(SUM),
}


@pytest.mark.parametrize("name", UNCERTAIN)
def test_nothing_is_told_of_what_is_not_read_for_certain(name: str) -> None:
    assert line_of(UNCERTAIN[name].encode(), "estimate", "sum_for_mean", "pathwise") is None


def test_bytes_that_are_no_text_are_left_alone() -> None:
    assert line_of(b"\xff\xfe" + source(SUM).encode(), "estimate", "sum_for_mean", "pathwise") is None
