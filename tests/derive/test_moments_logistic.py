"""Moments of atoms under the logistic law against quadrature of a density written out by hand."""

from __future__ import annotations

import mpmath as mp
import pytest
from sympy import Abs, Expr, I, Integer, Rational, S, Symbol, oo, pi, sin

from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.family import Atom
from tests.derive.moment_oracle import Case, Oracle, assert_slopes, assert_value

LOGISTIC = FAMILIES["logistic"]
MU, SCALE = LOGISTIC.symbols
POINTS = [(Rational(3, 10), Rational(2, 5)), (Rational(-11, 13), Rational(7, 9))]


def density(a: mp.mpf, mu: mp.mpf, s: mp.mpf) -> mp.mpf:
    return mp.sech((a - mu) / (2 * s)) ** 2 / (4 * s)


ORACLE = Oracle(density, lambda mu, s: [mu + k * s for k in (-25, -8, -3, 0, 3, 8, 25)])
CUT = Rational(1, 7)
ATOMS = {
    "a": Atom(S.One, 0, S.Zero, -oo, oo),
    "a**2": Atom(S(2), 0, S.Zero, -oo, oo),
    "a**6": Atom(S(6), 0, S.Zero, -oo, oo),
    "exp": Atom(S.Zero, 0, Rational(3, 4), -oo, oo),
    "a**3 exp": Atom(S(3), 0, Rational(-2, 3), -oo, oo),
    "wave": Atom(S.Zero, 0, I * Rational(6, 5), -oo, oo),
    "a**2 wave": Atom(S(2), 0, I * Rational(-6, 5), -oo, oo),
    "cdf": Atom(S.Zero, 0, S.Zero, -oo, CUT),
    "survival": Atom(S.Zero, 0, S.Zero, CUT, oo),
    "slab": Atom(S.Zero, 0, S.Zero, -CUT, CUT),
    "a above": Atom(S.One, 0, S.Zero, S.Zero, oo),
    "a below": Atom(S.One, 0, S.Zero, -oo, S.Zero),
    "a slab": Atom(S.One, 0, S.Zero, -CUT, S.One),
    "a**2 above": Atom(S(2), 0, S.Zero, CUT, oo),
    "a**3 below": Atom(S(3), 0, S.Zero, -oo, CUT),
    "exp above": Atom(S.Zero, 0, Rational(3, 4), CUT, oo),
    "a exp above": Atom(S.One, 0, Rational(3, 4), S.Zero, oo),
    "falling exp above, beyond the left tail's rate": Atom(S.Zero, 0, Rational(-14, 5), CUT, oo),
    "exp below, beyond the right tail's rate": Atom(S.Zero, 0, Rational(14, 5), -oo, CUT),
    "a exp slab": Atom(S.One, 0, Rational(-14, 5), -CUT, CUT),
    "exp slab": Atom(S.Zero, 0, Rational(14, 5), -CUT, CUT),
    "wave above": Atom(S.Zero, 0, I * Rational(6, 5), CUT, oo),
    "a wave slab": Atom(S.One, 0, I * Rational(6, 5), -CUT, CUT),
    "above its own mu": Atom(S.One, 0, S.Zero, MU, oo),
}


@pytest.mark.parametrize("point", POINTS, ids=["reference", "second"])
@pytest.mark.parametrize("name", ATOMS)
def test_the_rule_agrees_with_quadrature(name: str, point: tuple[Rational, ...]) -> None:
    assert_value(Case(LOGISTIC, ORACLE, ATOMS[name], point))


@pytest.mark.parametrize("name", ATOMS)
def test_derivatives_of_the_rule_agree_with_differences_of_quadrature(name: str) -> None:
    assert_slopes(Case(LOGISTIC, ORACLE, ATOMS[name], POINTS[1]))


def test_whole_moments_are_the_textbook_ones() -> None:
    t = Rational(3, 4)
    assert LOGISTIC.moment(ATOMS["a"], LOGISTIC.symbols).value == MU
    assert LOGISTIC.moment(ATOMS["a**2"], LOGISTIC.symbols).value == MU**2 + pi**2 * SCALE**2 / 3
    generating = LOGISTIC.moment(Atom(S.Zero, 0, t, -oo, oo), (S.Zero, SCALE)).value
    assert generating == pi * t * SCALE / sin(pi * t * SCALE)


def test_the_law_of_the_noise_has_numbers_for_parameters() -> None:
    fourth = LOGISTIC.moment(Atom(S(4), 0, S.Zero, -oo, oo), (S.Zero, S.One)).value
    assert fourth == 7 * pi**4 / 15


def test_a_generating_function_at_rate_zero_is_one_not_nan() -> None:
    k = Symbol("k", real=True)
    found = LOGISTIC.moment(Atom(S.Zero, 0, k, -oo, oo), LOGISTIC.symbols).value
    assert found.subs(k, 0) == 1


K = Symbol("k", real=True)


@pytest.mark.parametrize(
    ("lower", "upper", "requires"),
    [
        (-oo, oo, (SCALE * Abs(K) < 1,)),
        (CUT, oo, (SCALE * K < 1,)),
        (-oo, CUT, (SCALE * K > -1,)),
        (0, CUT, ()),
    ],
    ids=["whole", "above", "below", "slab"],
)
def test_the_requirement_is_that_of_the_tails_the_cell_reaches(
    lower: Expr, upper: Expr, requires: tuple[Expr, ...]
) -> None:
    assert LOGISTIC.moment(Atom(S.Zero, 0, K, S(lower), upper), LOGISTIC.symbols).requires == requires


@pytest.mark.parametrize(
    ("atom", "error", "match"),
    [
        (Atom(S.Zero, 0, S.One, -oo, oo), NoExpectation, r"diverges .* it needs s\*\|1\| < 1"),
        (Atom(S.Zero, 0, S(-2), -oo, S.Zero), NoExpectation, r"it needs s\*-2 > -1"),
        (Atom(S.Zero, 0, S(2), S.Zero, oo), NoExpectation, r"it needs s\*2 < 1"),
        (Atom(S.NegativeOne, 0, S.Zero, -oo, oo), NoExpectation, r"a\*\*\(-1\) is not integrable at a = 0"),
        (Atom(S.Half, 0, S.Zero, -oo, oo), NoExpectation, "is not real for a < 0"),
        (Atom(S.Zero, 2, S.Zero, S.Zero, oo), NoClosedForm, r"log\(a\)\*\*2 under the logistic law"),
        (Atom(Integer(40), 0, S.Zero, -oo, oo), NoClosedForm, r"a\*\*\(40\)"),
    ],
    ids=["whole at the edge", "left tail", "right tail", "pole", "root", "log above", "high"],
)
def test_what_is_refused(atom: Atom, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        LOGISTIC.moment(atom, (S.Zero, S.One))
