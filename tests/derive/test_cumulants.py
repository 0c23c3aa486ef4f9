"""Moments from cumulants, and what the moment rules ask of an atom."""

from __future__ import annotations

import pytest
from sympy import Expr, I, Rational, S, Symbol, bell, expand, oo

from derive.closed_form.moments.conditions import needs, real_part, refuse_heavy, whole_number
from derive.closed_form.moments.cumulants import from_cumulants
from derive.errors import NoClosedForm, NoExpectation
from derive.family import Atom

MU, SIGMA = Symbol("mu", real=True), Symbol("sigma", positive=True)
NORMAL = [MU, SIGMA**2, S.Zero, S.Zero, S.Zero, S.Zero]


@pytest.mark.parametrize("n", [0, 1, 2, 5, 12, 20])
def test_a_poisson_law_of_rate_one_has_the_bell_numbers_as_moments(n: int) -> None:
    assert from_cumulants([S.One] * n) == bell(n)


def test_a_normal_law_has_two_cumulants() -> None:
    sixth = MU**6 + 15 * MU**4 * SIGMA**2 + 45 * MU**2 * SIGMA**4 + 15 * SIGMA**6
    assert expand(from_cumulants(NORMAL)) == sixth
    assert expand(from_cumulants([2 * c for c in NORMAL])) != sixth


def test_gumbel_scores_square_to_atoms_with_a_plain_gamma_function() -> None:
    from derive.families import FAMILIES

    gumbel = FAMILIES["gumbel"]
    mu, beta = gumbel.symbols
    found = gumbel.moment(Atom(S.Zero, 0, -2 / beta, -oo, oo), gumbel.symbols)
    assert found.requires == ()
    assert found.value.subs(mu, 0) == 2  # E[y**2] of an exponential variable


K = Symbol("k", real=True)


@pytest.mark.parametrize(
    ("rate", "real"),
    [(K, K), (I * K, S.Zero), (S.Zero, S.Zero), (Rational(-1, 3) + 2 * I, Rational(-1, 3)), (K - I, K)],
    ids=str,
)
def test_the_real_part_of_a_rate(rate: Expr, real: Expr) -> None:
    assert real_part(rate) == real


def test_a_rate_that_may_be_anything_is_refused() -> None:
    with pytest.raises(NoClosedForm, match="the real part of the rate w is not known"):
        real_part(Symbol("w"))


def test_settled_requirements_vanish_and_false_ones_refuse() -> None:
    assert needs(SIGMA > 0, SIGMA < 2, else_diverges="no") == (SIGMA < 2,)
    with pytest.raises(NoExpectation, match="it needs sigma < -1"):
        needs(SIGMA < -1, else_diverges="it needs sigma < -1")


@pytest.mark.parametrize(
    ("lower", "upper", "rate", "grows"),
    [(-oo, oo, S.One, True), (-oo, oo, -S.One, True), (0, oo, S.One, True), (-oo, 0, -S.One, True),
     (0, oo, -S.One, False), (-oo, 0, S.One, False), (0, 1, S(5), False), (-oo, oo, I, False)],
    ids=str,
)  # fmt: skip
def test_exponentials_that_grow_where_a_tail_is_a_power(
    lower: Expr, upper: Expr, rate: Expr, grows: bool
) -> None:
    atom = Atom(S.Zero, 0, rate, S(lower), S(upper))
    if not grows:
        refuse_heavy(atom, "cauchy")
        assert whole_number(atom, "cauchy") == 0
        return
    with pytest.raises(NoExpectation, match="the tails of the cauchy law fall only like a power"):
        refuse_heavy(atom, "cauchy")
