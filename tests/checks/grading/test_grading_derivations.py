"""A derivation is judged on what was asked: another subject, or a smaller one, gains nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from checks.grading import derivations
from checks.grading.assignment import Written
from checks.grading.derivations import judged
from checks.grading.marks import mark_written
from tests.checks.grading.samples import assignment

EXAMPLE = Path(__file__).parents[3] / "docs" / "assignment"
RUBRIC = {"steps": Fraction(3), "result": Fraction(2), "conditions": Fraction(1)}
HEAD = "---\nfamily: normal\nintegrand: mu*a**2\nwrt: mu\n---\n"
RIGHT = (EXAMPLE / "solutions" / "derivation.md").read_text(encoding="utf-8")


def task(**changes: Any) -> Written:
    usual = {"family": "normal", "integrand": "mu*a**2", "wrt": ("mu",), "rubric": RUBRIC}
    return Written("d", "D", "*.md", hint=None, line=1, **{**usual, **changes})


def found(text: str | bytes, made: Written | None = None, name: str = "d.md") -> dict[str, Any]:
    return judged(made or task(), name, text.encode() if isinstance(text, str) else text)


def test_the_model_solution_has_full_marks() -> None:
    assert mark_written(task(), found(RIGHT)).score == 6


def test_the_first_wrong_line_is_told_with_its_place_and_without_the_right_one() -> None:
    said = found((EXAMPLE / "submissions" / "deniz" / "derivation.md").read_text(encoding="utf-8"))
    assert said["where"] == "line 10, column 4"
    assert "explicit term" in said["mistake"]
    assert said["evidence"] == ["at mu = 1, sigma = 1 its sides are 4 and 2"]
    assert "3*mu**2" not in str(said)
    assert mark_written(task(), said).score < 6


ARBITRARY = r"$$\mathbb{E}_{a\sim P_\theta}[g_\theta(a)] = \sum_a P_\theta(a) g_\theta(a)$$"
ANOTHER = {
    "another integrand": (RIGHT.replace("mu*a**2", "a").replace(r"\mu a^2", "a"), "it is about E[a]"),
    "another law": (HEAD.replace("normal", "laplace") + "$$1 = 1$$", "it is about laplace; normal was"),
    "an arbitrary law": (ARBITRARY, "normal was asked for"),
}


@pytest.mark.parametrize(("text", "message"), ANOTHER.values(), ids=ANOTHER)
def test_what_was_not_asked_is_worth_nothing(text: str, message: str) -> None:
    said = found(text)
    assert message in said["problem"]
    assert mark_written(task(), said).score == 0
    assert not mark_written(task(), said).open


def test_a_header_cannot_leave_out_parameters() -> None:
    both = task(wrt=("mu", "sigma"))
    assert found(RIGHT, both)["shares"]["result"] == [1, 2]


UNREADABLE = {
    "no text": (b"\0\1", "d.md", "it is binary"),
    "no UTF-8": (b"\xff\xfe\xfd", "d.md", "it is not utf-16|it is not utf-8"),
    "no notebook": (b"{", "d.ipynb", "no notebook"),
    "empty": (b"", "d.md", "empty"),
}


@pytest.mark.parametrize(("data", "name", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_said(data: bytes, name: str, message: str) -> None:
    said = found(data, name=name)
    assert said["problem"] is not None
    assert any(words in said["problem"] for words in message.split("|")), said["problem"]


def test_what_takes_too_long_is_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    def forever(*_: object) -> dict[str, Any]:
        while True:
            pass

    monkeypatch.setattr(derivations, "LONGEST", 0.05)
    monkeypatch.setattr(derivations, "_judged", forever)
    said = found(RIGHT)
    assert "not decided within 0.05 s" in said["says"]
    assert mark_written(task(), said).open


def test_rules_may_be_asked_for() -> None:
    wanted = task(rubric={"product rule": Fraction(1), "gumbel max": Fraction(1)})
    shares = found(RIGHT, wanted)["shares"]
    assert shares["gumbel max"] == [0, 1]


WRITTEN = '\n[[written]]\nname = "d"\nfile = "*.md"\n'


def test_an_arbitrary_law_needs_no_family(tmp_path: Path) -> None:
    made = assignment(tmp_path, f'title = "x"\n{WRITTEN}').written[0]
    assert (made.family, made.total) == (None, 10)
    said = found(RIGHT, made)
    assert "an arbitrary law was asked for" in said["problem"]
