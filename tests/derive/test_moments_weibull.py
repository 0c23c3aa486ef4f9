"""Moments of atoms under the Weibull law against quadrature of a density written out by hand."""

from __future__ import annotations

import mpmath as mp
import pytest
from sympy import EulerGamma, Expr, Gt, I, Rational, S, Symbol, exp, gamma, log, oo

from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.family import Atom
from tests.derive.moment_oracle import Case, Oracle, assert_slopes, assert_value, close, number

WEIBULL = FAMILIES["weibull"]
SCALE, SHAPE = WEIBULL.symbols
POINTS = [(Rational(6, 5), Rational(12, 5)), (Rational(7, 9), Rational(17, 11))]


def density(a: mp.mpf, scale: mp.mpf, shape: mp.mpf) -> mp.mpf:
    x = (a / scale) ** shape
    return shape / a * x * mp.exp(-x)


# The first pieces are short because powers and logarithms are singular at 0.
ORACLE = Oracle(density, lambda scale, shape: [k * scale for k in (0.01, 0.3, 1, 2, 4, 8)])
CUT = Rational(5, 7)
ATOMS = {
    "a": Atom(S.One, 0, S.Zero, S.Zero, oo),
    "a**2": Atom(S(2), 0, S.Zero, S.Zero, oo),
    "root": Atom(S.Half, 0, S.Zero, S.Zero, oo),
    "1/a": Atom(-S.One, 0, S.Zero, S.Zero, oo),
    "log": Atom(S.Zero, 1, S.Zero, S.Zero, oo),
    "log**3": Atom(S.Zero, 3, S.Zero, S.Zero, oo),
    "a**(3/2)*log**2": Atom(Rational(3, 2), 2, S.Zero, S.Zero, oo),
    "cdf": Atom(S.Zero, 0, S.Zero, S.Zero, CUT),
    "survival": Atom(S.Zero, 0, S.Zero, CUT, oo),
    "slab": Atom(S.Zero, 0, S.Zero, CUT, S(2)),
    "a above": Atom(S.One, 0, S.Zero, CUT, oo),
    "a below": Atom(S.One, 0, S.Zero, S.Zero, CUT),
    "a**2 slab": Atom(S(2), 0, S.Zero, CUT, S(2)),
    "log above": Atom(S.Zero, 1, S.Zero, S.One, oo),
    "log below": Atom(S.Zero, 1, S.Zero, S.Zero, S.One),
    "a log**2 slab": Atom(S.One, 2, S.Zero, CUT, S(2)),
    "a**-3 above": Atom(S(-3), 0, S.Zero, CUT, oo),
    "below its own scale": Atom(S.One, 0, S.Zero, S.Zero, SCALE),
}


@pytest.mark.parametrize("point", POINTS, ids=["reference", "second"])
@pytest.mark.parametrize("name", ATOMS)
def test_the_rule_agrees_with_quadrature(name: str, point: tuple[Rational, ...]) -> None:
    assert_value(Case(WEIBULL, ORACLE, ATOMS[name], point))


@pytest.mark.parametrize("name", ATOMS)
def test_derivatives_of_the_rule_agree_with_differences_of_quadrature(name: str) -> None:
    assert_slopes(Case(WEIBULL, ORACLE, ATOMS[name], POINTS[1]))


def test_whole_moments_are_the_textbook_ones() -> None:
    assert WEIBULL.moment(ATOMS["a"], WEIBULL.symbols).value == SCALE * gamma(1 + 1 / SHAPE)
    assert WEIBULL.moment(ATOMS["log"], WEIBULL.symbols).value == log(SCALE) - EulerGamma / SHAPE
    assert WEIBULL.moment(ATOMS["survival"], WEIBULL.symbols).value == exp(-((CUT / SCALE) ** SHAPE))


def test_powers_that_may_diverge_at_zero_say_so() -> None:
    p = Symbol("p", positive=True)
    assert WEIBULL.moment(ATOMS["1/a"], WEIBULL.symbols).requires == (SHAPE > 1,)
    assert WEIBULL.moment(Atom(-p, 0, S.Zero, S.Zero, oo), WEIBULL.symbols).requires == (Gt(SHAPE, p),)
    assert WEIBULL.moment(Atom(p, 0, S.Zero, S.Zero, oo), WEIBULL.symbols).requires == ()
    assert WEIBULL.moment(ATOMS["a**-3 above"], WEIBULL.symbols).requires == ()


EXPONENTIALS = [
    (S.One, Atom(S.Zero, 0, Rational(-3, 4), S.Zero, oo)),
    (S.One, Atom(S.Half, 0, Rational(2, 5), S.Zero, oo)),
    (S.One, Atom(S(2), 0, I * Rational(2, 5), S.Zero, oo)),
    (S(2), Atom(S.Zero, 0, Rational(3, 4), S.Zero, oo)),
    (S(2), Atom(S(3), 0, Rational(-3, 4), S.Zero, oo)),
    (S(2), Atom(S.One, 0, I * Rational(3, 4), S.Zero, oo)),
]


@pytest.mark.parametrize(("shape", "atom"), EXPONENTIALS, ids=str)
def test_exponentials_where_the_law_is_exponential_or_rayleigh(shape: Expr, atom: Atom) -> None:
    found = WEIBULL.moment(atom, (Rational(6, 5), shape))
    truth = ORACLE.moment(atom, (mp.mpf(6) / 5, mp.mpf(int(shape))))
    assert found.requires == ()
    assert close(number(found.value), truth)
    assert not close(number(found.value * (1 + Rational(1, 10**6))), truth)


@pytest.mark.parametrize(
    ("atom", "shape", "error", "match"),
    [
        (Atom(-S.One, 0, S.Zero, S.Zero, oo), S.One, NoExpectation, r"diverges at 0 .* it needs -1 > -1"),
        (Atom(S.Zero, 0, S.One, S.Zero, oo), S.Half, NoExpectation, "with shape 1/2 < 1"),
        (Atom(S.Zero, 0, S(2), S.Zero, oo), S.One, NoExpectation, r"it needs 1\*2 < 1"),
        (Atom(S.Zero, 0, S.One, S.Zero, oo), SHAPE, NoClosedForm, r"exp\(1\*a\) under the weibull law"),
        (Atom(S.Zero, 0, I, S.Zero, oo), S(3), NoClosedForm, r"exp\(I\*a\) under the weibull law"),
        (Atom(S.Zero, 0, -S.One, S.One, oo), S(2), NoClosedForm, r"exp\(-1\*a\)"),
        (Atom(S.Zero, 33, S.Zero, S.Zero, oo), S(2), NoClosedForm, r"log\(a\)\*\*33"),
    ],
    ids=["pole", "heavy exp", "exp at the edge", "exp", "wave", "exp above", "many logs"],
)
def test_what_is_refused(atom: Atom, shape: Expr, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        WEIBULL.moment(atom, (S.One, shape))
