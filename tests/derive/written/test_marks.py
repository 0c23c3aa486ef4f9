"""Marks: what each part of a derivation is worth, with follow-through, and what is left to a person."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from sympy import log, oo

from derive.terms import SAMPLE, D, Density, Int
from derive.written.document import Problem, Span
from derive.written.marks import Marks, Rubric, marks
from derive.written.verdict import Judgement
from tests.derive.written.lines import about, expectation, judged

a = SAMPLE
SQUARE = about("normal", "mu*a**2", "mu")
mu, sigma = SQUARE.family.symbols
g, J, p = SQUARE.integrand, SQUARE.term, Density(SQUARE.family.law, SAMPLE)
LINE = (a, -oo, oo)
SCORED = expectation(SQUARE, g * D(log(p), mu) + a**2)
GRADIENT = 3 * mu**2 + sigma**2


def score(found: Marks, name: str) -> Fraction | None:
    return next(part.score for part in found.parts if part.name == name)


def right() -> Judgement:
    return judged(SQUARE, D(J, mu), SCORED, GRADIENT)


def wrong() -> Judgement:
    return judged(SQUARE, D(J, mu), expectation(SQUARE, g * D(log(p), mu)), 2 * mu**2)


def test_a_right_derivation_has_full_marks() -> None:
    found = marks(right())
    assert (found.score, found.out_of, found.is_open) == (10, 10, False)


def test_one_mistake_costs_its_line_and_half_of_the_result() -> None:
    found = marks(wrong())
    assert score(found, "steps") == 2  # one of two lines
    assert score(found, "result") == 2  # carried: it follows from the mistake


def test_follow_through_is_the_teachers_choice() -> None:
    strict = Rubric(follow_through=Fraction(0), carried_result=Fraction(0))
    found = marks(wrong(), strict)
    assert (score(found, "steps"), score(found, "result")) == (0, 0)


def test_a_result_without_steps_is_not_a_derivation() -> None:
    found = marks(judged(SQUARE, D(J, mu), GRADIENT))
    assert score(found, "steps") == 2  # one line where two are the least
    assert score(found, "result") == 4


def test_repetitions_count_for_nothing() -> None:
    padded = judged(SQUARE, D(J, mu), D(J, mu), D(J, mu), expectation(SQUARE, g * D(log(p), mu)))
    assert score(marks(padded), "steps") == 0


def test_rules_that_are_asked_for_are_looked_for() -> None:
    rubric = Rubric(
        rules=(
            ("log-derivative identity|derivative of the density", Fraction(3)),
            ("change of variables", Fraction(2)),
        )
    )
    found = marks(right(), rubric)
    assert score(found, "log-derivative identity|derivative of the density") == 3
    assert score(found, "change of variables") == 0


def test_a_derivation_that_stops_has_no_result() -> None:
    assert score(marks(judged(SQUARE, D(J, mu), D(Int(p * g, LINE), mu))), "result") == 0


def test_what_was_not_read_is_left_to_a_person() -> None:
    judgement = right()
    unread = Problem(Span(4, 1, 4, 9, "\\foo"), "there is no command \\foo here")
    document = replace(judgement.document, problems=(unread,))
    found = marks(replace(judgement, document=document))
    assert score(found, "steps") is None
    assert found.is_open
    assert score(found, "result") == 4


def test_nothing_is_worth_nothing() -> None:
    found = marks(Judgement(right().document))
    assert found.score == 0


BAD = {
    "negative marks": ({"steps": Fraction(-1)}, "not negative"),
    "a share above one": ({"follow_through": Fraction(3, 2)}, "between 0 and 1"),
    "no lines": ({"least_lines": 0}, "at least one line"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_rubric_that_makes_no_sense_is_refused(name: str) -> None:
    options, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        Rubric(**options)  # type: ignore[arg-type]
