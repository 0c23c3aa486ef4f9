"""Nothing false is proved, and nothing that can be read makes the judge fall: mutated lines of the corpus."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
from sympy import Expr

from derive.errors import DeriveError
from derive.written.document import Document, Line
from derive.written.judging import judge, judged
from derive.written.reading import read
from derive.written.situation import situation

CORPUS = Path(__file__).parent / "corpus"
RIGHT = sorted(p for p in (CORPUS / "right").iterdir() if p.suffix in (".md", ".tex", ".ipynb"))
EVERYTHING = sorted(CORPUS.rglob("*.md"))
TOKENS = ("+", "-", "2", "a", "b", "0", "^2", "_b", "(", ")", "=", r"\mu", r"\sigma", r"\log", r"\frac{1}{2}",
          r"\mathbb{E}", "p(a)", r"\infty", r"\partial", r"\lambda")  # fmt: skip
LEAST = 0.9  # the share of mutated lines that must be refuted; the rest has no value to differ by


@cache
def document(path: Path) -> Document:
    return read(path)


def mutated(line: Line, right: Expr) -> Line:
    return replace(line, right=replace(line.right, expr=right))


def mutations(path: Path) -> list[str]:
    """The statuses of every line of the document with its right side doubled, and off by one."""
    found = document(path)
    assert found.subject is not None
    where = situation(found.subject, found.summed)
    changed = [
        mutated(line, right)
        for line in found.lines
        for right in (2 * line.right.expr, line.right.expr + 1)
        if right != line.right.expr
    ]
    return [judged(line, where, found).status for line in changed]


# Every third file: a line takes some tenths of a second, and there are a hundred of them.
@pytest.mark.parametrize("path", RIGHT[::3], ids=lambda path: path.name)
def test_no_mutated_line_is_proved(path: Path) -> None:
    statuses = mutations(path)
    assert statuses != []
    assert not {"proved", "proved-if", "evidence"} & set(statuses)
    assert statuses.count("refuted") >= LEAST * len(statuses)


@pytest.mark.parametrize("seed", range(15))
def test_a_garbled_derivation_is_judged_without_falling(seed: int) -> None:
    random = Random(seed)
    text = random.choice(EVERYTHING).read_text(encoding="utf-8")
    tokens = re.findall(r"\\[a-zA-Z]+|\d+|[a-zA-Z]|\s+|.", text, re.DOTALL)
    for _ in range(3):
        tokens[random.randrange(len(tokens) // 2, len(tokens))] = random.choice(TOKENS)
    try:
        found = read("".join(tokens), form="md")
    except DeriveError as error:
        assert len(error.message) > 0  # noqa: PT017  # either it is refused with words, or it is judged
        return
    judgement = judge(found)
    assert len(judgement.lines) == (len(found.lines) if found.subject is not None else 0)
    assert [v.evidence for v in judgement.lines if "could not be judged" in v.evidence] == []
    assert all(v.diagnosis is not None for v in judgement.lines if v.is_wrong)
