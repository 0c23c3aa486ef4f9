"""A judgement as data and as derivations: what reports and documents read."""

from __future__ import annotations

import json

import pytest
from sympy import log, oo

from derive.render import RENDERERS
from derive.terms import SAMPLE, D, Density, Int
from derive.written.derivations import derivations
from derive.written.document import Document, Header
from derive.written.record import derivation_object
from derive.written.verdict import Judgement
from tests.derive.written.lines import about, expectation, judged

a = SAMPLE
SQUARE = about("normal", "mu*a**2", "mu")
mu, sigma = SQUARE.family.symbols
g, J, p = SQUARE.integrand, SQUARE.term, Density(SQUARE.family.law, SAMPLE)
WRONG = judged(SQUARE, D(J, mu), expectation(SQUARE, g * D(log(p), mu)), 2 * mu**2)


def test_a_judgement_is_json() -> None:
    found = json.loads(json.dumps(derivation_object(WRONG)))
    assert (found["status"], found["first_wrong"], found["reaches_the_gradient"]) == ("refuted", 1, False)
    wrong, right = found["steps"]
    assert wrong["diagnosis"]["mistake"] == "dropped_explicit_term"
    assert wrong["diagnosis"]["mended"] != wrong["after"]
    assert (right["diagnosis"], right["status"], right["wrt"]) == (None, "proved", "mu")
    assert right["remarks"] == ["right, given the mistake in line 1"]
    assert (right["line"], right["column"]) == (11, 3)


def test_lines_that_were_left_out_are_in_the_record() -> None:
    found = derivation_object(judged(SQUARE, D(J, mu), expectation(SQUARE, g * D(log(p), mu) + a**2)))
    (step,) = found["steps"]
    assert [m["rule"] for m in step["missing"]] == ["interchange of derivative and integral", "product rule"]


@pytest.mark.parametrize("form", RENDERERS.names())
def test_every_renderer_shows_it(form: str) -> None:
    shown = RENDERERS[form](derivations(WRONG))
    assert len(shown) > 100


def test_the_refused_step_is_called_that() -> None:
    assert "REFUTED" in RENDERERS["text"](derivations(WRONG))
    assert "DIFFERS at mu = 1, sigma = 1" in RENDERERS["text"](derivations(WRONG))


def test_chains_about_something_else_are_no_derivations_of_the_gradient() -> None:
    assert derivations(judged(SQUARE, Int(p, (a, -oo, oo)), 1 + 0 * mu)) == ()
    assert derivations(Judgement(Document("empty.md", Header(), None, ()))) == ()
