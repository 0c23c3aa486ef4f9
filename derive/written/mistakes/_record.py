"""The record of one mistake, and the questions that several of them ask of an edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr
from sympy.core.function import AppliedUndef, Derivative, Subs

from derive.generic import SIGMA
from derive.rewriting import inert_nodes
from derive.terms import Binder, D, Density, E, Int
from derive.written.edits import Edit
from derive.written.factors import Line
from derive.written.recognising import recognised
from derive.written.values import close

# What the families call their scales; a rate or a probability is none.
_SCALES = ("sigma", "s", "b", "beta", "gamma", "scale")

Fits = Callable[[Edit, Line], bool]


@dataclass(frozen=True, slots=True)
class FormulaMistake:
    """A mistake in a formula.

    ``says`` completes "this line ...". ``fits`` recognises the edit that undoes it. ``code`` is True where
    ``checks/mistakes`` has the same mistake under the same name.
    """

    name: str
    says: str
    fits: Fits
    code: bool = False


def factor_is(edit: Edit, *values: Expr | int) -> bool:
    """Whether the edit multiplies by one of these."""
    return edit.kind == "factor" and any(edit.now == v for v in values)


def is_scale(expr: Expr) -> bool:
    """A positive parameter, or the slides' ``sigma_theta``."""
    if isinstance(expr, AppliedUndef):
        return bool(expr.func == SIGMA)
    return bool(expr.is_Symbol and expr.is_positive and expr.name in _SCALES)


def scale_power(expr: Expr) -> Expr | None:
    """The exponent where an expression is a power of a scale (its sign aside); else None."""
    plain = -expr if expr.could_extract_minus_sign() else expr
    base, exponent = plain.as_base_exp()
    return exponent if is_scale(base) else None


def over_noise(term: Expr, line: Line) -> bool:
    """Whether the term is an integral or an expectation over fixed noise."""
    transport = line.places.where.subject.family.transport
    if transport is None:
        return False
    term = recognised(term, line.places.where.context)
    laws = [n.law for n in term.atoms(E)] + [d.law for n in term.atoms(Int) for d in n.body.atoms(Density)]
    return any(law == transport.noise for law in laws)


def about_density(line: Line) -> bool:
    """Whether a line is about a density or a log-density, outside any integral."""
    both = line.left, line.right
    return not any(t.atoms(Binder) for t in both) and any(t.atoms(Density) for t in both)


def about_score(line: Line) -> bool:
    """Whether the left side is, or has in it, a derivative of a (log-)density."""
    return any(n.body.atoms(Density) for n in line.left.atoms(D))


def derivative_of_integral(term: Expr) -> bool:
    """Whether a derivative stands outside an integral."""
    return any(isinstance(n, D) and n.body.atoms(Binder) for n in inert_nodes(term))


def has_integral(term: Expr) -> bool:
    return bool(term.atoms(Binder))


def slopes_of_functions(term: Expr) -> bool:
    """Whether there is a derivative of an integrand (not of a density) in a term."""
    inert = any(not n.body.atoms(Density) for n in term.atoms(D))
    return inert or bool(term.atoms(Derivative, Subs))


def equal_rows(line: Line, one: Expr, two: Expr) -> bool:
    """Whether two terms have the same values wherever the line was evaluated."""
    rows = line.places.row(one), line.places.row(two)
    return rows[0] is not None and rows[1] is not None and all(map(close, rows[0], rows[1]))
