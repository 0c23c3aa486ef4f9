"""Moments of atoms under the gamma and the beta law against quadrature of densities written out by hand."""

from __future__ import annotations

import mpmath as mp
import pytest
from sympy import I, Rational, S, log, oo, polygamma

from derive.errors import NoClosedForm, NoExpectation
from derive.families import FAMILIES
from derive.family import Atom
from tests.derive.moment_oracle import Case, Oracle, assert_slopes, assert_value

GAMMA, BETA = FAMILIES["gamma"], FAMILIES["beta"]
POINTS = [(Rational(12, 5), Rational(7, 5)), (Rational(11, 17), Rational(9, 7))]


def gamma_density(a: mp.mpf, shape: mp.mpf, rate: mp.mpf) -> mp.mpf:
    return rate**shape * a ** (shape - 1) * mp.exp(-rate * a) / mp.gamma(shape)


def beta_density(a: mp.mpf, alpha: mp.mpf, beta: mp.mpf) -> mp.mpf:
    return a ** (alpha - 1) * (1 - a) ** (beta - 1) / mp.beta(alpha, beta)


# The first pieces are short because powers and logarithms are singular at 0.
ON_GAMMA = Oracle(
    gamma_density, lambda shape, rate: [k / rate for k in (0.001, 0.1, 1, 3, 8, 20, 50)], turns=True
)
ON_BETA = Oracle(beta_density, lambda alpha, beta: [0.001, 0.1, 0.5, 0.9, 0.999])
CUT = Rational(3, 7)
OF_GAMMA = {
    "a": Atom(S.One, 0, S.Zero, S.Zero, oo),
    "a**3": Atom(S(3), 0, S.Zero, S.Zero, oo),
    "root": Atom(S.Half, 0, S.Zero, S.Zero, oo),
    "log": Atom(S.Zero, 1, S.Zero, S.Zero, oo),
    "a log**2": Atom(S.One, 2, S.Zero, S.Zero, oo),
    "exp": Atom(S.Zero, 0, Rational(-1, 2), S.Zero, oo),
    "a exp log": Atom(S.One, 1, Rational(1, 3), S.Zero, oo),
    "wave": Atom(S.Zero, 0, I * Rational(3, 4), S.Zero, oo),
    "cdf": Atom(S.Zero, 0, S.Zero, S.Zero, CUT),
    "a above": Atom(S.One, 0, S.Zero, CUT, oo),
    "log slab": Atom(S.Zero, 1, S.Zero, CUT, S(2)),
}
OF_BETA = {
    "a": Atom(S.One, 0, S.Zero, S.Zero, S.One),
    "root": Atom(S.Half, 0, S.Zero, S.Zero, S.One),
    "a log**2": Atom(S.One, 2, S.Zero, S.Zero, S.One),
    "cdf": Atom(S.Zero, 0, S.Zero, S.Zero, CUT),
    "a above": Atom(S.One, 0, S.Zero, CUT, S.One),
    "log slab": Atom(S.Zero, 1, S.Zero, Rational(1, 9), CUT),
}
CASES = [
    *(pytest.param(GAMMA, ON_GAMMA, atom, id=f"gamma-{name}") for name, atom in OF_GAMMA.items()),
    *(pytest.param(BETA, ON_BETA, atom, id=f"beta-{name}") for name, atom in OF_BETA.items()),
]


@pytest.mark.parametrize("point", POINTS, ids=["reference", "second"])
@pytest.mark.parametrize(("family", "oracle", "atom"), CASES)
def test_the_rule_agrees_with_quadrature(
    family: object, oracle: Oracle, atom: Atom, point: tuple[Rational, ...]
) -> None:
    assert_value(Case(family, oracle, atom, point))  # type: ignore[arg-type]  # a family


@pytest.mark.parametrize(("family", "oracle", "atom"), CASES)
def test_derivatives_of_the_rule_agree_with_differences(family: object, oracle: Oracle, atom: Atom) -> None:
    assert_slopes(Case(family, oracle, atom, POINTS[0]))  # type: ignore[arg-type]  # a family


def test_whole_moments_are_the_textbook_ones() -> None:
    shape, rate = GAMMA.symbols
    assert GAMMA.moment(OF_GAMMA["a"], GAMMA.symbols).value == shape / rate
    assert GAMMA.moment(OF_GAMMA["log"], GAMMA.symbols).value == polygamma(0, shape) - log(rate)
    alpha, beta = BETA.symbols
    assert BETA.moment(OF_BETA["a"], BETA.symbols).value == alpha / (alpha + beta)


@pytest.mark.parametrize(
    ("family", "atom", "error", "match"),
    [
        (GAMMA, Atom(S(-3), 0, S.Zero, S.Zero, oo), NoExpectation, "diverges at 0 under the gamma law"),
        (GAMMA, Atom(S.Zero, 0, S(2), S.Zero, oo), NoExpectation, "it needs 2 < 7/5"),
        (GAMMA, Atom(S.Zero, 33, S.Zero, S.Zero, oo), NoClosedForm, r"log\(a\)\*\*33"),
        (BETA, Atom(S(-3), 0, S.Zero, S.Zero, CUT), NoExpectation, "diverges at 0 under the beta law"),
        (BETA, Atom(S.Zero, 0, S.One, S.Zero, S.One), NoClosedForm, r"exp\(1\*a\) under the beta law"),
    ],
    ids=["pole", "heavy", "many logs", "beta pole", "beta exp"],
)
def test_what_is_refused(family: object, atom: Atom, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        family.moment(atom, POINTS[0])  # type: ignore[attr-defined]  # a family
