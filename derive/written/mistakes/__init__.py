"""Mistakes in formulas: what an edit that mends a line is called, and what is said of it.

A name is that of ``checks/mistakes`` wherever it is the same mistake in code. The first record whose
``fits`` answers for an edit names it; the last records are for slips that are no more than slips.
"""

from __future__ import annotations

from derive.written.edits import Edit
from derive.written.factors import Line
from derive.written.mistakes._record import FormulaMistake as FormulaMistake
from derive.written.mistakes.algebra import MISTAKES as _ALGEBRA
from derive.written.mistakes.path import MISTAKES as _PATH
from derive.written.mistakes.score import MISTAKES as _SCORE
from derive.written.mistakes.terms import MISTAKES as _TERMS

MISTAKES: tuple[FormulaMistake, ...] = (*_TERMS, *_SCORE, *_PATH, *_ALGEBRA)


def recognised(edit: Edit, line: Line) -> FormulaMistake | None:
    """The mistake that an edit undoes; None where the table has no name for it."""
    return next((m for m in MISTAKES if m.fits(edit, line)), None)
