"""Moments of atoms under Student's t law against quadrature of a density written out by hand."""

from __future__ import annotations

import mpmath as mp
import pytest
from sympy import Expr, I, Ne, Rational, S, Symbol, diff, gamma, oo, pi, sqrt

from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.family import Atom
from derive.special import student_cdf
from tests.derive.moment_oracle import Case, Oracle, assert_slopes, assert_value, student_wave

STUDENT = FAMILIES["student_t"]
NU, MU, SIGMA = STUDENT.symbols
POINTS = [
    (Rational(46, 5), Rational(3, 10), Rational(4, 5)),
    (Rational(51, 7), Rational(-11, 13), Rational(7, 9)),
]


def density(a: mp.mpf, nu: mp.mpf, mu: mp.mpf, sigma: mp.mpf) -> mp.mpf:
    z = (a - mu) / sigma
    return (1 + z * z / nu) ** (-(nu + 1) / 2) / (sigma * mp.sqrt(nu) * mp.beta(nu / 2, mp.mpf(1) / 2))


ORACLE = Oracle(density, lambda nu, mu, sigma: [mu + k * sigma for k in (-9, -3, 0, 3, 9)], student_wave)
CUT = Rational(1, 7)
ATOMS = {
    "a": Atom(S.One, 0, S.Zero, -oo, oo),
    "a**2": Atom(S(2), 0, S.Zero, -oo, oo),
    "a**4": Atom(S(4), 0, S.Zero, -oo, oo),
    "cdf": Atom(S.Zero, 0, S.Zero, -oo, CUT),
    "survival": Atom(S.Zero, 0, S.Zero, CUT, oo),
    "slab": Atom(S.Zero, 0, S.Zero, -CUT, CUT),
    "a above": Atom(S.One, 0, S.Zero, S.Zero, oo),
    "a below": Atom(S.One, 0, S.Zero, -oo, S.Zero),
    "a slab": Atom(S.One, 0, S.Zero, -CUT, S.One),
    "a**2 above": Atom(S(2), 0, S.Zero, CUT, oo),
    "a**3 below": Atom(S(3), 0, S.Zero, -oo, CUT),
    "a**3 slab": Atom(S(3), 0, S.Zero, -CUT, S.One),
    "above its own mu": Atom(S.One, 0, S.Zero, MU, oo),
}
WAVES = {
    "wave": Atom(S.Zero, 0, I * Rational(6, 5), -oo, oo),
    "a wave back": Atom(S.One, 0, I * Rational(-6, 5), -oo, oo),
    "a**3 wave": Atom(S(3), 0, I * Rational(3, 5), -oo, oo),
}


@pytest.mark.parametrize("point", POINTS, ids=["reference", "second"])
@pytest.mark.parametrize("atom", [*ATOMS.values(), *WAVES.values()], ids=[*ATOMS, *WAVES])
def test_the_rule_agrees_with_quadrature(atom: Atom, point: tuple[Rational, ...]) -> None:
    assert_value(Case(STUDENT, ORACLE, atom, point))


@pytest.mark.parametrize("name", ATOMS)
def test_derivatives_of_the_rule_agree_with_differences_of_quadrature(name: str) -> None:
    assert_slopes(Case(STUDENT, ORACLE, ATOMS[name], POINTS[1]))


@pytest.mark.parametrize("name", WAVES)
def test_derivatives_of_waves_by_location_and_scale(name: str) -> None:
    # By nu the order of a Bessel function would be differentiated, for which SymPy has no form.
    assert_slopes(Case(STUDENT, ORACLE, WAVES[name], POINTS[1]), count=2)


def test_whole_moments_are_the_textbook_ones() -> None:
    second = STUDENT.moment(ATOMS["a**2"], STUDENT.symbols)
    assert second.value == MU**2 + NU * SIGMA**2 / (NU - 2)
    assert second.requires == (NU > 2,)
    assert STUDENT.moment(ATOMS["a"], STUDENT.symbols).value == MU


def test_a_slope_of_a_tail_is_the_density_in_plain_sight() -> None:
    c = Symbol("c", real=True)
    found = diff(STUDENT.moment(Atom(S.Zero, 0, S.Zero, -oo, c), (NU, S.Zero, S.One)).value, c)
    plain = gamma((NU + 1) / 2) / (sqrt(pi * NU) * gamma(NU / 2)) * (1 + c**2 / NU) ** (-(NU + 1) / 2)
    assert found == plain


def test_the_requirements_of_a_bounded_cell_only_keep_from_dividing_by_zero() -> None:
    assert STUDENT.moment(ATOMS["a slab"], STUDENT.symbols).requires == (Ne(NU, 1),)
    assert STUDENT.moment(ATOMS["slab"], STUDENT.symbols).requires == ()


@pytest.mark.parametrize(("nu", "z"), [(1, 3), (S(7) / 2, -2), (30, S(1) / 3)], ids=str)
def test_the_distribution_function(nu: Expr, z: Expr) -> None:
    free, end = mp.mpf(S(nu).p) / S(nu).q, mp.mpf(S(z).p) / S(z).q
    truth = mp.mpf(1) / 2 + mp.quad(lambda a: density(a, free, mp.mpf(0), mp.mpf(1)), [0, end])
    assert abs(mp.mpf(student_cdf(nu, z).evalf(20)) - truth) < 1e-12
    assert student_cdf(nu, 0) == S.Half
    assert (student_cdf(nu, oo), student_cdf(nu, -oo)) == (1, 0)


@pytest.mark.parametrize(
    ("atom", "nu", "error", "match"),
    [
        (Atom(S(2), 0, S.Zero, -oo, oo), S(2), NoExpectation, r"with nu = 2: it needs nu > 2"),
        (Atom(S.One, 0, S.Zero, S.Zero, oo), S.One, NoExpectation, r"E\[a\*\*1\] does not exist"),
        (Atom(S.One, 0, I, -oo, oo), S.One, NoExpectation, "it needs nu > 1"),
        (Atom(S.Zero, 0, S.One, -oo, oo), NU, NoExpectation, r"the tails of the student_t law"),
        (Atom(S.Zero, 0, S.One, S.Zero, oo), NU, NoExpectation, r"the tails of the student_t law"),
        (Atom(S.Half, 0, S.Zero, -oo, oo), NU, NoExpectation, "is not real for a < 0"),
        (Atom(S(2), 0, S.Zero, S.Zero, S.One), S(2), NoClosedForm, "on a bounded cell where nu = 2"),
        (Atom(S.Zero, 0, -S.One, S.Zero, oo), NU, NoClosedForm, r"exp\(-1\*a\) on \(0, oo\)"),
        (Atom(S.Zero, 0, I, S.Zero, oo), NU, NoClosedForm, r"on \(0, oo\)"),
        (Atom(S.Zero, 1, S.Zero, S.Zero, oo), NU, NoClosedForm, r"log\(a\)\*\*1"),
    ],
    ids=[
        "square",
        "half mean",
        "mean wave",
        "exp",
        "half exp",
        "root",
        "slab",
        "falling exp",
        "half wave",
        "log",
    ],
)
def test_what_is_refused(atom: Atom, nu: Expr, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        STUDENT.moment(atom, (nu, MU, SIGMA))
