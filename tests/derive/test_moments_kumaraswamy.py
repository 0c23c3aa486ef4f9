"""Moments of atoms under the Kumaraswamy law against quadrature of a density written out by hand."""

from __future__ import annotations

import mpmath as mp
import pytest
from sympy import EulerGamma, I, Rational, S, Symbol, gamma, polygamma

from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.family import Atom
from tests.derive.moment_oracle import Case, Oracle, assert_slopes, assert_value

KUMARASWAMY = FAMILIES["kumaraswamy"]
A1, B1 = KUMARASWAMY.symbols
POINTS = [(Rational(9, 5), Rational(12, 5)), (Rational(17, 11), Rational(13, 7))]


def density(a: mp.mpf, a1: mp.mpf, b1: mp.mpf) -> mp.mpf:
    return a1 * b1 * a ** (a1 - 1) * (1 - a**a1) ** (b1 - 1)


# Short pieces at both ends, where powers are singular.
ORACLE = Oracle(density, lambda a1, b1: [mp.mpf(k) for k in (0.01, 0.2, 0.6, 0.9, 0.99)])
CUT = Rational(5, 7)
ATOMS = {
    "a": Atom(S.One, 0, S.Zero, S.Zero, S.One),
    "a**2": Atom(S(2), 0, S.Zero, S.Zero, S.One),
    "root": Atom(S.Half, 0, S.Zero, S.Zero, S.One),
    "1/a": Atom(-S.One, 0, S.Zero, S.Zero, S.One),
    "log": Atom(S.Zero, 1, S.Zero, S.Zero, S.One),
    "a**(3/2)*log**2": Atom(Rational(3, 2), 2, S.Zero, S.Zero, S.One),
    "cdf": Atom(S.Zero, 0, S.Zero, S.Zero, CUT),
    "survival": Atom(S.Zero, 0, S.Zero, CUT, S.One),
    "slab": Atom(S.Zero, 0, S.Zero, Rational(1, 5), CUT),
    "a above": Atom(S.One, 0, S.Zero, CUT, S.One),
    "a below": Atom(S.One, 0, S.Zero, S.Zero, CUT),
    "a below early": Atom(S.One, 0, S.Zero, S.Zero, Rational(1, 5)),
    "a slab": Atom(S.One, 0, S.Zero, Rational(1, 5), CUT),
    "log above": Atom(S.Zero, 1, S.Zero, CUT, S.One),
    "a log**2 below": Atom(S.One, 2, S.Zero, S.Zero, CUT),
    "a**-3 above": Atom(S(-3), 0, S.Zero, Rational(1, 5), S.One),
    "a**-3 slab": Atom(S(-3), 0, S.Zero, Rational(1, 5), CUT),
}


@pytest.mark.parametrize("point", POINTS, ids=["reference", "second"])
@pytest.mark.parametrize("name", ATOMS)
def test_the_rule_agrees_with_quadrature(name: str, point: tuple[Rational, ...]) -> None:
    assert_value(Case(KUMARASWAMY, ORACLE, ATOMS[name], point))


@pytest.mark.parametrize("name", ATOMS)
def test_derivatives_of_the_rule_agree_with_differences_of_quadrature(name: str) -> None:
    assert_slopes(Case(KUMARASWAMY, ORACLE, ATOMS[name], POINTS[1]))


def test_whole_moments_are_the_textbook_ones() -> None:
    mean = KUMARASWAMY.moment(ATOMS["a"], KUMARASWAMY.symbols).value
    assert mean == gamma(1 + 1 / A1) * gamma(B1 + 1) / gamma(1 + 1 / A1 + B1)
    mean_log = KUMARASWAMY.moment(ATOMS["log"], KUMARASWAMY.symbols).value
    assert mean_log == (-polygamma(0, B1 + 1) - EulerGamma) / A1


def test_a_probability_is_elementary_and_needs_nothing() -> None:
    c = Symbol("c", positive=True)
    found = KUMARASWAMY.moment(Atom(S.Zero, 0, S.Zero, c, S.One), KUMARASWAMY.symbols)
    assert found.value == (1 - c**A1) ** B1
    assert found.requires == ()


def test_powers_that_may_diverge_at_zero_say_so() -> None:
    assert KUMARASWAMY.moment(ATOMS["1/a"], KUMARASWAMY.symbols).requires == (A1 > 1,)
    assert KUMARASWAMY.moment(ATOMS["a**-3 above"], KUMARASWAMY.symbols).requires == ()


@pytest.mark.parametrize(
    ("atom", "error", "match"),
    [
        (Atom(-S(2), 0, S.Zero, S.Zero, S.One), NoExpectation, r"diverges at 0 .* it needs -2 > -3/2"),
        (Atom(-S(2), 0, S.Zero, S.Zero, S.Half), NoExpectation, "diverges at 0"),
        (Atom(S.Zero, 0, S.One, S.Zero, S.One), NoClosedForm, r"exp\(1\*a\) under the kumaraswamy law"),
        (Atom(S.Zero, 0, I, S.Zero, S.One), NoClosedForm, r"exp\(I\*a\)"),
        (Atom(S.Zero, 33, S.Zero, S.Zero, S.One), NoClosedForm, r"log\(a\)\*\*33"),
    ],
    ids=["pole", "pole below", "exp", "wave", "many logs"],
)
def test_what_is_refused(atom: Atom, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        KUMARASWAMY.moment(atom, (Rational(3, 2), S(2)))
