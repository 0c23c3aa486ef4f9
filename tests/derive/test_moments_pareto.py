"""Moments of atoms under the Pareto law against quadrature of a density written out by hand."""

from __future__ import annotations

import mpmath as mp
import pytest
from sympy import Expr, I, Ne, Rational, S, Symbol, log, oo

from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.family import Atom
from tests.derive.moment_oracle import Case, Oracle, assert_slopes, assert_value, close, number

PARETO = FAMILIES["pareto"]
SCALE, ALPHA = PARETO.symbols
POINTS = [(Rational(6, 5), Rational(19, 2)), (Rational(7, 9), Rational(47, 11))]


def density(a: mp.mpf, scale: mp.mpf, alpha: mp.mpf) -> mp.mpf:
    return alpha / a * (scale / a) ** alpha


ORACLE = Oracle(density, lambda scale, alpha: [k * scale for k in (2, 5, 15, 40, 120, 400)], turns=True)
CUT = Rational(8, 5)
ATOMS = {
    "mass": Atom(S.Zero, 0, S.Zero, SCALE, oo),
    "a": Atom(S.One, 0, S.Zero, SCALE, oo),
    "a**2": Atom(S(2), 0, S.Zero, SCALE, oo),
    "root": Atom(S.Half, 0, S.Zero, SCALE, oo),
    "1/a": Atom(-S.One, 0, S.Zero, SCALE, oo),
    "log": Atom(S.Zero, 1, S.Zero, SCALE, oo),
    "a**(3/2)*log**3": Atom(Rational(3, 2), 3, S.Zero, SCALE, oo),
    "cdf": Atom(S.Zero, 0, S.Zero, SCALE, CUT),
    "survival": Atom(S.Zero, 0, S.Zero, CUT, oo),
    "a above": Atom(S.One, 0, S.Zero, CUT, oo),
    "a**2 below": Atom(S(2), 0, S.Zero, SCALE, CUT),
    "log**2 slab": Atom(S.Zero, 2, S.Zero, CUT, S(3)),
    "a**12 slab, beyond the tail's power": Atom(S(12), 1, S.Zero, CUT, S(3)),
    "falling exp": Atom(S.Zero, 0, Rational(-3, 4), SCALE, oo),
    "a**12 falling exp": Atom(S(12), 0, Rational(-3, 4), SCALE, oo),
    "a log**2 falling exp above": Atom(S.One, 2, Rational(-3, 4), CUT, oo),
    "falling exp slab": Atom(S.One, 0, Rational(-3, 4), CUT, S(3)),
    "falling wave": Atom(S.One, 0, Rational(-3, 4) + I, SCALE, oo),
    "wave": Atom(S.Zero, 0, I * Rational(6, 5), SCALE, oo),
    "a log wave above": Atom(S.One, 1, I * Rational(-6, 5), CUT, oo),
    "a wave slab": Atom(S.One, 0, I * Rational(6, 5), CUT, S(3)),
}


@pytest.mark.parametrize("point", POINTS, ids=["reference", "second"])
@pytest.mark.parametrize("name", ATOMS)
def test_the_rule_agrees_with_quadrature(name: str, point: tuple[Rational, ...]) -> None:
    assert_value(Case(PARETO, ORACLE, ATOMS[name], point))


@pytest.mark.parametrize("name", ATOMS)
def test_derivatives_of_the_rule_agree_with_differences_of_quadrature(name: str) -> None:
    assert_slopes(Case(PARETO, ORACLE, ATOMS[name], POINTS[1]))


def test_whole_moments_are_the_textbook_ones() -> None:
    mean = PARETO.moment(ATOMS["a"], PARETO.symbols)
    assert mean.value == ALPHA * SCALE / (ALPHA - 1)
    assert mean.requires == (ALPHA > 1,)
    assert PARETO.moment(ATOMS["log"], PARETO.symbols).value == log(SCALE) + 1 / ALPHA
    assert PARETO.moment(ATOMS["mass"], PARETO.symbols).value == 1


def test_a_bounded_cell_and_a_falling_exponential_exist_for_every_alpha() -> None:
    assert PARETO.moment(ATOMS["a**2 below"], PARETO.symbols).requires == (Ne(ALPHA, 2),)
    assert PARETO.moment(ATOMS["a**12 falling exp"], PARETO.symbols).requires == ()
    assert PARETO.moment(ATOMS["wave"], PARETO.symbols).requires == ()


@pytest.mark.parametrize("alpha", [3, 1], ids=["alpha equals the power", "a pole of the gamma function"])
@pytest.mark.parametrize("rate", [S.Zero, Rational(-3, 4), I / 3], ids=["power", "exp", "wave"])
def test_whole_numbers_for_alpha(alpha: int, rate: Expr) -> None:
    atom = Atom(S(3), 1, rate, S(2), S(5))
    found = PARETO.moment(atom, (S(2), S(alpha)))
    truth = ORACLE.moment(atom, (mp.mpf(2), mp.mpf(alpha)))
    assert found.requires == ()
    assert close(number(found.value), truth)


K = Symbol("k", real=True)


@pytest.mark.parametrize(
    ("atom", "alpha", "error", "match"),
    [
        (
            Atom(S(2), 0, S.Zero, S.One, oo),
            S(2),
            NoExpectation,
            r"E\[a\*\*\(2\)\] diverges .* it needs 2 > 2",
        ),
        (Atom(S(2), 0, I, S.One, oo), S(2), NoExpectation, "it needs 2 > 2"),
        (Atom(S.Zero, 0, S.One, S.One, oo), ALPHA, NoExpectation, "the tails of the pareto law"),
        (Atom(S.Zero, 0, S.One, S.One, S(2)), ALPHA, NoClosedForm, r"exp\(1\*a\) under the pareto law"),
        (Atom(S.Zero, 0, K, S.One, oo), ALPHA, NoClosedForm, r"exp\(k\*a\) under the pareto law"),
        (Atom(S.Zero, 33, S.Zero, S.One, oo), ALPHA, NoClosedForm, r"log\(a\)\*\*33"),
    ],
    ids=["square", "square wave", "exp", "exp slab", "exp of unknown sign", "many logs"],
)
def test_what_is_refused(atom: Atom, alpha: Expr, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        PARETO.moment(atom, (S.One, alpha))
