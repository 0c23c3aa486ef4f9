"""Moments of atoms under the Cauchy law against quadrature of a density written out by hand."""

from __future__ import annotations

import mpmath as mp
import pytest
from sympy import Abs, I, Rational, S, Symbol, exp, log, oo

from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.family import Atom
from tests.derive.moment_oracle import Case, Oracle, assert_slopes, assert_value, student_wave

CAUCHY = FAMILIES["cauchy"]
MU, GAMMA = CAUCHY.symbols
POINTS = [(Rational(3, 10), Rational(3, 5)), (Rational(-11, 13), Rational(7, 9))]


def density(a: mp.mpf, mu: mp.mpf, gamma: mp.mpf) -> mp.mpf:
    return gamma / (mp.pi * (gamma**2 + (a - mu) ** 2))


ORACLE = Oracle(
    density,
    lambda mu, gamma: [mu + k * gamma for k in (-9, -2, 0, 2, 9)],
    lambda n, w, mu, gamma: student_wave(n, w, mp.mpf(1), mu, gamma),
)
CUT = Rational(1, 7)
ATOMS = {
    "wave": Atom(S.Zero, 0, I * Rational(6, 5), -oo, oo),
    "wave back": Atom(S.Zero, 0, I * Rational(-3, 5), -oo, oo),
    "cdf": Atom(S.Zero, 0, S.Zero, -oo, CUT),
    "survival": Atom(S.Zero, 0, S.Zero, CUT, oo),
    "slab": Atom(S.Zero, 0, S.Zero, -CUT, CUT),
    "a slab": Atom(S.One, 0, S.Zero, -CUT, S.One),
    "a**2 slab": Atom(S(2), 0, S.Zero, -CUT, S.One),
    "a**5 slab": Atom(S(5), 0, S.Zero, -S(2), S.One),
    "below its own mu": Atom(S.Zero, 0, S.Zero, -oo, MU),
    "root": Atom(S.Half, 0, S.Zero, S.Zero, oo),
    "inverse root": Atom(-S.Half, 0, S.Zero, S.Zero, oo),
    "log": Atom(S.Zero, 1, S.Zero, S.Zero, oo),
    "log**3": Atom(S.Zero, 3, S.Zero, S.Zero, oo),
    "log root": Atom(Rational(1, 3), 2, S.Zero, S.Zero, oo),
}


@pytest.mark.parametrize("point", POINTS, ids=["reference", "second"])
@pytest.mark.parametrize("name", ATOMS)
def test_the_rule_agrees_with_quadrature(name: str, point: tuple[Rational, ...]) -> None:
    assert_value(Case(CAUCHY, ORACLE, ATOMS[name], point))


@pytest.mark.parametrize("name", ATOMS)
def test_derivatives_of_the_rule_agree_with_differences_of_quadrature(name: str) -> None:
    assert_slopes(Case(CAUCHY, ORACLE, ATOMS[name], POINTS[1]))


def test_the_characteristic_function_is_the_textbook_one() -> None:
    k = Symbol("k", real=True)
    found = CAUCHY.moment(Atom(S.Zero, 0, I * k, -oo, oo), CAUCHY.symbols)
    assert found.value == exp(I * MU * k - GAMMA * Abs(k))
    assert found.requires == ()


def test_at_mu_zero_the_median_of_the_absolute_value_is_gamma() -> None:
    found = CAUCHY.moment(Atom(S.Zero, 1, S.Zero, S.Zero, oo), (S.Zero, GAMMA)).value
    assert found == log(GAMMA) / 2


def test_a_symbolic_power_says_between_which_bounds_it_exists() -> None:
    p = Symbol("p", positive=True)
    assert CAUCHY.moment(Atom(p, 0, S.Zero, S.Zero, oo), CAUCHY.symbols).requires == (p < 1,)


@pytest.mark.parametrize(
    ("atom", "error", "match"),
    [
        (
            Atom(S.One, 0, S.Zero, -oo, oo),
            NoExpectation,
            r"E\[a\*\*\(1\)\] does not exist under the cauchy law",
        ),
        (Atom(S(2), 0, S.Zero, S.Zero, oo), NoExpectation, r"E\[a\*\*\(2\)\] does not exist"),
        (Atom(S.One, 0, I, -oo, oo), NoExpectation, "its tails fall only like"),
        (Atom(S.Zero, 0, S.One, -oo, oo), NoExpectation, r"E\[exp\(1\*a\)\] does not exist: the tails"),
        (Atom(S.Zero, 0, -S.One, -oo, S.Zero), NoExpectation, "does not exist: the tails"),
        (Atom(S.One, 1, S.Zero, S.Zero, oo), NoExpectation, "does not exist"),
        (Atom(-Rational(3, 2), 0, S.Zero, S.Zero, oo), NoExpectation, "needs a power between -1 and 1"),
        (Atom(-S(2), 0, S.Zero, -S.One, S.One), NoExpectation, "not integrable at a = 0"),
        (
            Atom(S.Zero, 0, -S.One, S.Zero, oo),
            NoClosedForm,
            r"exp\(-1\*a\) on \(0, oo\) under the cauchy law",
        ),
        (Atom(S.Zero, 0, I, S.Zero, oo), NoClosedForm, r"on \(0, oo\)"),
        (Atom(S.Half, 0, S.Zero, S.One, oo), NoClosedForm, r"a\*\*\(1/2\)"),
        (Atom(S.Zero, 7, S.Zero, S.Zero, oo), NoClosedForm, r"log\(a\)\*\*7"),
    ],
    ids=[
        "mean",
        "square",
        "mean wave",
        "exp",
        "falling exp below",
        "mean log",
        "low power",
        "pole",
        "falling exp above",
        "wave above",
        "root above one",
        "many logs",
    ],
)
def test_what_is_refused(atom: Atom, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        CAUCHY.moment(atom, CAUCHY.symbols)
