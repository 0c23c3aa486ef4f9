"""Terms of the product rule and of Leibniz' rule that are lost, doubled or turned."""

from __future__ import annotations

from sympy import Rational, S

from derive.terms import D
from derive.written.edits import Edit
from derive.written.factors import Line
from derive.written.mistakes._record import (
    FormulaMistake,
    about_score,
    derivative_of_integral,
    equal_rows,
    factor_is,
    has_integral,
    over_noise,
)


def _moving_support(edit: Edit, line: Line) -> bool:
    if edit.kind == "missing" and edit.role == "boundary" and derivative_of_integral(line.left):
        return True
    return edit.kind == "condition" and edit.name == "end"


def _moving_jump(edit: Edit, _: Line) -> bool:
    return edit.kind == "condition" and edit.name == "jump"


def _condition(edit: Edit, _: Line) -> bool:
    return edit.kind == "condition"


def _dropped_explicit(edit: Edit, line: Line) -> bool:
    """The lost term is ``E[dg]`` under the law itself, also where that derivative was carried out already."""
    if edit.kind != "missing" or over_noise(edit.now, line):
        return False
    where = line.places.where
    halves = (where.subject.term.with_body(D(where.subject.integrand, s)) for s in where.subject.wrt)
    named = edit.role == "explicit" and has_integral(edit.now)
    return named or (edit.role == "other" and any(equal_rows(line, edit.now, half) for half in halves))


def _dropped_distributional(edit: Edit, _: Line) -> bool:
    """Outside an integral there are no two halves to lose one of."""
    return edit.kind == "missing" and edit.role == "distributional" and has_integral(edit.now)


def _half(edit: Edit, line: Line) -> bool:
    return factor_is(edit, 2) and edit.whole and has_integral(line.right)


def _half_score(edit: Edit, line: Line) -> bool:
    return factor_is(edit, 2) and edit.role == "distributional" and has_integral(line.right)


def _doubled(edit: Edit, line: Line) -> bool:
    return factor_is(edit, S.Half) and edit.whole and has_integral(line.right)


def _score_twice(edit: Edit, line: Line) -> bool:
    return factor_is(edit, S.Half) and edit.role == "distributional" and has_integral(line.right)


def _explicit_twice(edit: Edit, line: Line) -> bool:
    return factor_is(edit, S.Half, Rational(1, 3)) and edit.role == "explicit" and has_integral(line.right)


def _negated(edit: Edit, line: Line) -> bool:
    return factor_is(edit, -1) and edit.whole and has_integral(line.right)


def _sign_of_score(edit: Edit, line: Line) -> bool:
    if not factor_is(edit, -1) and not (edit.kind == "replaced" and edit.name == "sign"):
        return False
    return edit.role == "distributional" or about_score(line)


def _sign_of_explicit(edit: Edit, line: Line) -> bool:
    return factor_is(edit, -1) and edit.role == "explicit" and has_integral(line.right)


def _superfluous(edit: Edit, line: Line) -> bool:
    return edit.kind == "superfluous" and has_integral(line.right)


def _product_of_derivatives(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "product"


def _product_of_means(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "product of means"


MISTAKES = (
    FormulaMistake(
        "product_of_expectations",
        "takes the product of the expectations for the expectation of the product",
        _product_of_means,
    ),
    FormulaMistake(
        "product_of_derivatives",
        "multiplies the derivatives: (u v)' is u' v + u v'",
        _product_of_derivatives,
    ),
    FormulaMistake(
        "moving_support",
        "loses the boundary term of an end that moves with the parameter",
        _moving_support,
        code=True,
    ),
    FormulaMistake("moving_jump", "loses the term of a jump that moves with the parameter", _moving_jump),
    FormulaMistake("failed_condition", "uses a rule whose condition fails here", _condition),
    FormulaMistake(
        "dropped_explicit_term",
        "loses the explicit term E[d/dtheta g], half of the product rule",
        _dropped_explicit,
        code=True,
    ),
    FormulaMistake(
        "dropped_distributional_term",
        "loses the distributional term, in which the density is differentiated",
        _dropped_distributional,
        code=True,
    ),
    FormulaMistake("negated", "has its sign turned", _negated, code=True),
    FormulaMistake(
        "sign_of_score",
        "has the sign of the derivative of the (log-)density turned",
        _sign_of_score,
        code=True,
    ),
    FormulaMistake(
        "sign_of_explicit_term", "has the sign of the explicit term turned", _sign_of_explicit, code=True
    ),
    FormulaMistake("half_gradient", "is half of what it should be", _half, code=True),
    FormulaMistake("half_score", "has half of the distributional term", _half_score, code=True),
    FormulaMistake("doubled", "is twice what it should be", _doubled, code=True),
    FormulaMistake("score_twice", "has the distributional term twice", _score_twice, code=True),
    FormulaMistake("explicit_term_twice", "has the explicit term twice", _explicit_twice, code=True),
    FormulaMistake("superfluous_term", "has a term too many", _superfluous),
)
