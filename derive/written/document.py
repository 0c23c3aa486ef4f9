"""What is read of a derivation that somebody wrote: its header, its lines, and what could not be read.

Every piece knows where it stands, so that whatever is said of it later can point there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sympy import Expr, Rational, Symbol
from sympy.core.function import UndefinedFunction

from derive.expectation import Expectation

Form = Literal["md", "tex", "ipynb"]
Relation = Literal["="]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the file, 1-based, the end exclusive; in a notebook, of the source of cell ``cell``."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    cell: int | None = None

    @property
    def place(self) -> str:
        """``line 3, column 14``, with the cell of a notebook."""
        where = f"line {self.line}, column {self.column}"
        return where if self.cell is None else f"cell {self.cell}, {where}"


@dataclass(frozen=True, slots=True)
class Declared:
    """An undefined function: ``g`` of ``(a, theta)``, where ``theta`` may be written as a subscript."""

    name: str
    function: UndefinedFunction
    arguments: tuple[Symbol, ...]
    positive: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What the front matter says, completed by what the first line shows.

    ``family`` None stands for an arbitrary law. ``integrand`` is as it was written. ``inferred`` names what
    was taken from the first line instead of the front matter. ``given`` are the keys that this reader does
    not use (a rubric, a title), for whoever does.
    """

    family: str | None = None
    integrand: str | None = None
    wrt: tuple[str, ...] = ()
    at: tuple[tuple[str, Rational], ...] = ()
    assumptions: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """One side of a line: the expression, the source it was read from, and the expression printed back."""

    expr: Expr
    span: Span
    latex: str
    echo: str


@dataclass(frozen=True, slots=True)
class Line:
    """``left = right``, as somebody claims; ``number`` counts the lines of the document from 1.

    ``note`` is what stands beside it: a rule named in ``\\text{...}``, a comment, or the prose before.
    ``chained`` says that ``left`` is the right side of the line before, as in ``a &= b \\\\ &= c``.
    """

    left: Formula
    relation: Relation
    right: Formula
    note: str | None
    span: Span
    number: int
    chained: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A piece that could not be read, where it stands, and what to do about it; the other lines go on."""

    span: Span
    message: str
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A derivation as read.

    ``subject`` is the expectation that it is about: of a family, or of the slides' arbitrary law and ``g``
    (``derive.generic``); None where the header is itself a problem. ``summed`` says that an arbitrary law is
    summed over (``\\sum_a``), so that it is one on a countable set. ``functions`` are the undefined functions
    that occur. ``names`` pairs a symbol of the expressions with the name that the author gave it.
    """

    path: str
    header: Header
    subject: Expectation | None
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...] = ()
    functions: tuple[Declared, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    summed: bool = False
