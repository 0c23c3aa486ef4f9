"""Student-style derivations, right and wrong, judged as they are written.

The corpus is one file per derivation, ``corpus/right/NAME.md`` and ``corpus/wrong/NAME.md`` (or ``.tex``, or
``.ipynb``), read like any derivation, with the usual front matter (family, integrand, wrt, at). A file's name
says what it is, as in ``normal_score_dropped_explicit.md``.

* ``right/``: every line must be read, and none may be refuted. ``status: proved`` in the front matter also
  asks for a status of the whole (the weakest line's), ``gradient: reached`` for a chain that ends there.
* ``wrong/``: the front matter has two more keys. ``first_wrong: 3`` is the number of the first line that does
  not hold (lines are counted as ``Line.number`` does: each ``=`` is one). ``cause: dropped_explicit_term`` is
  the name of the mistake in ``derive.written.mistakes``; several names that would all be right are separated
  by ``|``. A derivation of which every line holds but that does not end at the gradient has
  ``first_wrong: end`` and no cause.

One mistake per wrong file; the lines after it go on as a student would, right given the mistake.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from derive.written.judging import judge
from derive.written.mistakes import MISTAKES
from derive.written.reading import read
from derive.written.verdict import Judgement

CORPUS = Path(__file__).parent / "corpus"
RIGHT = sorted(p for p in (CORPUS / "right").iterdir() if p.suffix in (".md", ".tex", ".ipynb"))
WRONG = sorted(p for p in (CORPUS / "wrong").iterdir() if p.suffix in (".md", ".tex", ".ipynb"))


@cache
def judged(path: Path) -> Judgement:
    return judge(read(path))


def expected(path: Path) -> dict[str, str]:
    """The keys of the front matter that are for this test."""
    return dict(judged(path).document.header.given)


def ids(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", RIGHT, ids=ids)
def test_no_line_of_a_right_derivation_is_refuted(path: Path) -> None:
    judgement = judged(path)
    assert [(p.span.place, p.message) for p in judgement.document.problems] == []
    assert judgement.lines != ()
    assert [(v.line.number, v.status, v.diagnosis) for v in judgement.lines if v.is_wrong] == []
    given = expected(path)
    assert judgement.status == given.get("status", judgement.status)
    if given.get("gradient") == "reached":
        assert judgement.reaches_the_gradient, judgement.remarks


def located(path: Path) -> bool:
    judgement, wanted = judged(path), expected(path)["first_wrong"]
    first = judgement.first_wrong
    if wanted == "end":
        return first is None and not judgement.reaches_the_gradient and judgement.remarks != ()
    return first is not None and first.line.number == int(wanted)


def named(path: Path) -> bool:
    first, causes = judged(path).first_wrong, expected(path).get("cause", "")
    found = first.diagnosis.mistake if first is not None and first.diagnosis is not None else None
    return not causes or found in causes.split("|")


def test_the_first_wrong_line_is_located() -> None:
    missed = [path.name for path in WRONG if not located(path)]
    assert len(missed) <= 0.05 * len(WRONG), missed


def test_the_cause_is_named() -> None:
    missed = [path.name for path in WRONG if not (located(path) and named(path))]
    assert len(missed) <= 0.20 * len(WRONG), missed


@pytest.mark.parametrize("path", WRONG, ids=ids)
def test_something_is_said_of_every_wrong_derivation(path: Path) -> None:
    judgement = judged(path)
    first = judgement.first_wrong
    if first is None:
        assert judgement.remarks != ()
        return
    assert first.diagnosis is not None
    assert len(first.diagnosis.says) > len("this line")


@pytest.mark.parametrize("path", WRONG, ids=ids)
def test_expectations_are_well_formed(path: Path) -> None:
    given = expected(path)
    assert given["first_wrong"] == "end" or int(given["first_wrong"]) >= 1
    known = {m.name for m in MISTAKES}
    assert set(filter(None, given.get("cause", "").split("|"))) <= known
