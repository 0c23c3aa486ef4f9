"""Moments of atoms under the Gumbel law against quadrature of a density written out by hand."""

from __future__ import annotations

import mpmath as mp
import pytest
from sympy import EulerGamma, I, Integer, Rational, S, Symbol, oo, pi

from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.family import Atom
from tests.derive.moment_oracle import Case, Oracle, assert_slopes, assert_value

GUMBEL = FAMILIES["gumbel"]
MU, BETA = GUMBEL.symbols
POINTS = [(Rational(3, 10), Rational(2, 5)), (Rational(-11, 13), Rational(7, 9))]


def density(a: mp.mpf, mu: mp.mpf, beta: mp.mpf) -> mp.mpf:
    z = (a - mu) / beta
    return mp.exp(-z - mp.exp(-z)) / beta if z > -9 else mp.mpf(0)  # exp(-exp(9)) is 0 to 3000 digits


ORACLE = Oracle(density, lambda mu, beta: [mu + k * beta for k in (-5, -2, 0, 3, 9, 30)])
CUT = Rational(1, 7)
ATOMS = {
    "a": Atom(S.One, 0, S.Zero, -oo, oo),
    "a**2": Atom(S(2), 0, S.Zero, -oo, oo),
    "a**5": Atom(S(5), 0, S.Zero, -oo, oo),
    "exp": Atom(S.Zero, 0, Rational(3, 4), -oo, oo),
    "exp falling": Atom(S.Zero, 0, Rational(-5, 3), -oo, oo),
    "a**2 exp": Atom(S(2), 0, Rational(-2, 3), -oo, oo),
    "wave": Atom(S.Zero, 0, I * Rational(6, 5), -oo, oo),
    "a**2 wave": Atom(S(2), 0, I * Rational(-6, 5), -oo, oo),
    "cdf": Atom(S.Zero, 0, S.Zero, -oo, CUT),
    "survival": Atom(S.Zero, 0, S.Zero, CUT, oo),
    "slab": Atom(S.Zero, 0, S.Zero, -CUT, CUT),
    "a above": Atom(S.One, 0, S.Zero, S.Zero, oo),
    "a below": Atom(S.One, 0, S.Zero, -oo, S.Zero),
    "a slab": Atom(S.One, 0, S.Zero, -CUT, S.One),
    "a**2 above": Atom(S(2), 0, S.Zero, S.Zero, oo),
    "a**3 below": Atom(S(3), 0, S.Zero, -oo, CUT),
    "exp above": Atom(S.Zero, 0, Rational(3, 4), CUT, oo),
    "a exp above": Atom(S.One, 0, Rational(3, 4), S.Zero, oo),
    "exp below, beyond the tail's rate": Atom(S.Zero, 0, Rational(14, 5), -oo, CUT),
    "a exp slab": Atom(S.One, 0, Rational(-3, 4), -CUT, CUT),
    "wave above": Atom(S.Zero, 0, I * Rational(6, 5), CUT, oo),
    "below its own mu": Atom(S.One, 0, S.Zero, -oo, MU),
}


@pytest.mark.parametrize("point", POINTS, ids=["reference", "second"])
@pytest.mark.parametrize("name", ATOMS)
def test_the_rule_agrees_with_quadrature(name: str, point: tuple[Rational, ...]) -> None:
    assert_value(Case(GUMBEL, ORACLE, ATOMS[name], point))


@pytest.mark.parametrize("name", ATOMS)
def test_derivatives_of_the_rule_agree_with_differences_of_quadrature(name: str) -> None:
    assert_slopes(Case(GUMBEL, ORACLE, ATOMS[name], POINTS[1]))


def test_mean_and_second_moment_are_the_textbook_ones() -> None:
    mean = GUMBEL.moment(ATOMS["a"], GUMBEL.symbols).value
    second = GUMBEL.moment(ATOMS["a**2"], GUMBEL.symbols).value
    assert mean == MU + BETA * EulerGamma
    assert second == mean**2 + pi**2 * BETA**2 / 6


def test_the_law_of_the_noise_has_numbers_for_parameters() -> None:
    variance = GUMBEL.moment(Atom(S(2), 0, S.Zero, -oo, oo), (S.Zero, S.One)).value - EulerGamma**2
    assert variance == pi**2 / 6


def test_the_generating_function_says_where_it_exists() -> None:
    k = Symbol("k", real=True)
    assert GUMBEL.moment(Atom(S.Zero, 0, k, -oo, oo), GUMBEL.symbols).requires == (BETA * k < 1,)
    assert GUMBEL.moment(Atom(S.Zero, 0, I * k, -oo, oo), GUMBEL.symbols).requires == ()
    assert GUMBEL.moment(Atom(S.Zero, 0, k, -oo, CUT), GUMBEL.symbols).requires == ()


@pytest.mark.parametrize(
    ("atom", "error", "match"),
    [
        (Atom(S.Zero, 0, S.One, -oo, oo), NoExpectation, r"diverges .* it needs beta\*1 < 1"),
        (Atom(S.NegativeOne, 0, S.Zero, -oo, oo), NoExpectation, r"a\*\*\(-1\) is not integrable at a = 0"),
        (Atom(S.NegativeOne, 0, S.Zero, S.Zero, oo), NoExpectation, "not integrable at a = 0"),
        (Atom(S.Half, 0, S.Zero, -oo, oo), NoExpectation, "is not real for a < 0"),
        (Atom(S.Zero, 1, S.Zero, -oo, oo), NoExpectation, "is not real for a < 0"),
        (Atom(S.Zero, 1, S.Zero, S.Zero, oo), NoClosedForm, r"no closed form is known for log\(a\)\*\*1"),
        (Atom(S.Half, 0, S.Zero, S.One, oo), NoClosedForm, r"a\*\*\(1/2\) under the gumbel law"),
        (Atom(Integer(33), 0, S.Zero, -oo, oo), NoClosedForm, r"a\*\*\(33\)"),
    ],
    ids=[
        "exp at the edge",
        "pole inside",
        "pole at the end",
        "root",
        "log",
        "log above",
        "root above",
        "high",
    ],
)
def test_what_is_refused(atom: Atom, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        GUMBEL.moment(atom, (S.Zero, S.One))
