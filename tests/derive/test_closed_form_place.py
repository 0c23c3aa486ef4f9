"""Where expressions lie at the point, relations solved for their symbol, and sums that cancel at 0."""

from __future__ import annotations

import pytest
from sympy import Gt, Lt, Ne, Rational, S, Symbol, log, oo, pi, sqrt
from sympy.core.relational import Relational

from derive.closed_form.algebra import ONE
from derive.closed_form.intake import intake
from derive.closed_form.place import compare, holds, said, sign_at, solved, strict
from derive.closed_form.shapes import Shape, Terms
from derive.closed_form.singular import diverges_at_zero
from derive.errors import NoClosedForm, Undecided

m = Symbol("m", real=True)
s = Symbol("s", positive=True)
POINT = {m: Rational(1, 2), s: Rational(6, 5)}


@pytest.mark.parametrize(
    ("expr", "sign"),
    [(m - 1, -1), (m - Rational(1, 2), 0), (sqrt(s) - 1, 1), (oo, 1), (-oo, -1), (log(s) - pi, -1)],
    ids=str,
)
def test_signs_at_the_point(expr: object, sign: int) -> None:
    assert sign_at(S(expr), POINT) == sign


def test_a_sign_that_cannot_be_told_is_undecided() -> None:
    hidden = log(S(6)) - log(S(2)) - log(S(3))
    with pytest.raises(Undecided, match="could not be told"):
        sign_at(hidden * m, POINT)


def test_infinite_ends_are_compared_too() -> None:
    assert compare(-oo, m, POINT) == -1
    assert compare(oo, m, POINT) == 1
    assert compare(m, oo, POINT) == -1
    assert compare(m, m, POINT) == 0


@pytest.mark.parametrize(
    ("relation", "form"),
    [
        (Gt(1 - 2 * m, 0), m < Rational(1, 2)),
        (Lt(Rational(1, 2) - 1 / s, 0), s < 2),
        (Gt(0, m), m < 0),
        (Lt(1 - s**2, 0), Lt(1 - s**2, 0)),
        (Lt(m, s), Lt(m, s)),
        (Lt(1 / m, 2), Lt(1 / m, 2)),
    ],
    ids=str,
)
def test_relations_are_solved_where_they_are_affine(relation: Relational, form: Relational) -> None:
    assert solved(relation) == form


def test_a_failed_relation_is_said_with_its_values() -> None:
    assert said(Lt(Rational(3, 2) - s, 0), POINT) == "s > 3/2, but s = 6/5"


def test_only_strict_relations_hold() -> None:
    assert holds(Gt(s, m), POINT)
    assert not holds(Lt(s, m), POINT)
    assert not holds(Gt(m, Rational(1, 2)), POINT)


def test_an_inequation_becomes_the_side_of_the_point() -> None:
    assert strict(Ne(m, 0), POINT) == (m > 0)
    assert strict(Ne(m, 1), POINT) == (m < 1)
    with pytest.raises(NoClosedForm, match="divides by zero where m = 1/2"):
        strict(Ne(m, Rational(1, 2)), POINT)


def terms(*pairs: tuple[Shape, object]) -> Terms:
    return {shape: intake(S(coefficient)) for shape, coefficient in pairs}


OVER_A = Shape(power=S(-1))
CANCELS: dict[str, tuple[Terms, bool]] = {
    "1/a": (terms((OVER_A, 1)), True),
    "(exp(a) - 1)/a": (terms((OVER_A._replace(rate=S(1)), 1), (OVER_A, -1)), False),
    "(exp(a) + 1)/a": (terms((OVER_A._replace(rate=S(1)), 1), (OVER_A, 1)), True),
    "sin(2a)/a": (terms((OVER_A._replace(frequency=S(2), sine=True), 1)), False),
    "sin(2a)/a**2": (terms((Shape(power=S(-2), frequency=S(2), sine=True), 1)), True),
    "(cos(a) - 1)/a**2": (terms((Shape(power=S(-2), frequency=S(1)), 1), (Shape(power=S(-2)), -1)), False),
    "(exp(a**2) - 1)/a**3": (terms((Shape(power=S(-3), square=S(1)), 1), (Shape(power=S(-3)), -1)), True),
    "a": ({Shape(power=S(1)): ONE}, False),
}


@pytest.mark.parametrize("key", CANCELS)
def test_divergence_at_zero_is_that_of_the_sum(key: str) -> None:
    sum_, diverges = CANCELS[key]
    assert diverges_at_zero(sum_, S(-1), POINT) is diverges
