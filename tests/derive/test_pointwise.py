"""What is proved at a point: signs, conditions, and zeros that are zero nearby too."""

from __future__ import annotations

import pytest
from sympy import Abs, And, Expr, Max, Not, Or, Rational, S, Symbol, cos, exp, log, oo, pi, sin, sqrt

from derive.errors import Undecided
from derive.pointwise import number, sign, truth, vanishes

mu = Symbol("mu", real=True)
s = Symbol("sigma", positive=True)
POINT = {mu: Rational(7, 10), s: Rational(13, 10)}

SIGNS = [
    (mu - Rational(7, 10), 0),
    (exp(mu) - 2, 1),
    (sin(mu) ** 2 + cos(mu) ** 2 - 1 - Rational(1, 10**60), -1),
    (exp(log(s) * 2) - s**2, 0),
    (Max(mu, s) - Abs(mu), 1),
    (-pi, -1),
    (sqrt(-mu), None),
    (sin(mu) ** 2 + cos(mu) ** 2 - 1, None),
]


@pytest.mark.parametrize(("expr", "expected"), SIGNS, ids=[str(e) for e, _ in SIGNS])
def test_signs(expr: Expr, expected: int | None) -> None:
    assert sign(expr, POINT) == expected


TRUTHS = [
    (And(mu > 0, mu < 1), True),
    (Or(mu < 0, s > 2), False),
    (Not(mu >= Rational(7, 10)), False),
    (S.true, True),
]


@pytest.mark.parametrize(("condition", "expected"), TRUTHS, ids=[str(c) for c, _ in TRUTHS])
def test_conditions(condition: Expr, expected: bool) -> None:
    assert truth(condition, POINT) is expected


def test_a_near_tie_is_open() -> None:
    with pytest.raises(Undecided, match="tie"):
        truth(sin(mu) ** 2 + cos(mu) ** 2 > 1, POINT)


ZEROS = [
    (sin(mu) ** 2 + cos(mu) ** 2 - 1, True),
    (mu - Rational(7, 10), False),
    (sin(10 * mu / 7 * pi), False),
    (mu * s - s * mu, True),
    (mu - s, False),
]


@pytest.mark.parametrize(("expr", "expected"), ZEROS, ids=[str(e) for e, _ in ZEROS])
def test_a_zero_at_this_point_only_does_not_vanish(expr: Expr, expected: bool) -> None:
    assert vanishes(expr, POINT) is expected


def test_what_is_not_finite_has_no_answer() -> None:
    with pytest.raises(Undecided, match="no finite value"):
        vanishes(1 / (mu - Rational(7, 10)), POINT)


def test_numbers_may_be_infinite_and_never_complex() -> None:
    assert number(oo, {}) > 10**9
    assert number(sqrt(-mu), POINT).is_nan()
    assert number(mu + s, POINT).contains(2)
