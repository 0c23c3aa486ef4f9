"""Documents built from expressions, without a reader: for tests of the judge alone."""

from __future__ import annotations

from itertools import pairwise

from sympy import Expr

from derive.deriving import requested
from derive.expectation import Expectation
from derive.setting import generic_setting
from derive.terms import SAMPLE, Density, E, Law
from derive.written.document import Document, Formula, Header, Line, Span
from derive.written.judging import judge
from derive.written.situation import Situation, situation
from derive.written.verdict import Judgement

NOISE_LAW = Law("normal", 0, 1)
SLIDES = generic_setting().expectation


def about(family: str, integrand: str, *wrt: str) -> Expectation:
    return requested(family, integrand, wrt or None)


def where(subject: Expectation) -> Situation:
    return situation(subject)


def density(subject: Expectation) -> Density:
    return Density(subject.family.law, SAMPLE)


def expectation(subject: Expectation, body: Expr) -> E:
    return E(body, subject.family.law, SAMPLE)


def document(
    subject: Expectation, *terms: Expr, notes: tuple[str | None, ...] = (), assumptions: tuple[str, ...] = ()
) -> Document:
    """The chain ``terms[0] = terms[1] = ...``, each line on a line of its own."""
    lines = tuple(
        Line(
            _formula(one, k),
            "=",
            _formula(two, k),
            notes[k] if k < len(notes) else None,
            _span(k),
            k + 1,
            k > 0,
        )
        for k, (one, two) in enumerate(pairwise(terms))
    )
    names = tuple(s.name for s in subject.wrt)
    header = Header(subject.family.name, str(subject.integrand), names, assumptions=assumptions)
    return Document("test.md", header, subject, lines)


def judged(subject: Expectation, *terms: Expr, assumptions: tuple[str, ...] = ()) -> Judgement:
    return judge(document(subject, *terms, assumptions=assumptions))


def _formula(term: Expr, k: int) -> Formula:
    return Formula(term, _span(k), "", str(term))


def _span(k: int) -> Span:
    return Span(k + 10, 3, k + 10, 40, "...")
