"""E_{a ~ P}[g(a)] on the line: the sum over the cells on which g and the density are smooth."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, S, Symbol
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, Undecided
from derive.laws import family_of
from derive.terms import Law

from . import algebra
from .algebra import Element
from .cellwise import as_it_stands, each
from .fallbacks import FALLBACKS
from .outlet import express
from .place import Point, solved
from .segments import Segment, Work, segments

Found = tuple[Expr, tuple[Relational, ...], tuple[str, ...]]


def univariate(body: Expr, law: Law, x: Symbol, point: Point) -> Found:
    """``(value, requires, trace)`` of the expectation; raises ``NoClosedForm`` or ``NoExpectation``."""
    if not body.has_free(x):
        return body, (), ()
    work = Work(law, family_of(law), x, point, [], [])
    values = each(_value_of(segment, work) for segment in segments(body, work))
    return express(algebra.total(values)), _relevant(work), tuple(dict.fromkeys(work.trace))


def _value_of(segment: Segment, work: Work) -> Callable[[], Element]:
    return lambda: _segment_value(segment, work)


def _segment_value(segment: Segment, work: Work) -> Element:
    """The cell as it stands, else by the first fallback that can; the first refusal is the one reported."""
    if segment.body == 0:
        return algebra.ZERO
    try:
        return as_it_stands(segment, work)
    except algebra.TooLarge:
        raise
    except NoClosedForm:
        for lemma, attempt in FALLBACKS.items():
            found = _tried(attempt, segment, work)
            if found is not None:
                work.trace.append(lemma)
                return found
        raise


def _tried(
    attempt: Callable[[Segment, Work], Element | None], segment: Segment, work: Work
) -> Element | None:
    try:
        return attempt(segment, work)
    except (NoClosedForm, Undecided):
        return None


def _relevant(work: Work) -> tuple[Relational, ...]:
    """Each condition once, solved for its symbol; those without parameters are settled already."""
    asked = (r for r in work.requires if r != S.true and r.free_symbols)
    return tuple(dict.fromkeys(solved(r) for r in asked))
