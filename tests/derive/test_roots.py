"""Exact zeros: golden forms, a sign scan as independent oracle, and honest refusals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Expr,
    Heaviside,
    Integer,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    atan,
    cosh,
    erf,
    exp,
    expand,
    lambdify,
    log,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)  # fmt: skip

from derive.errors import Undecided
from derive.pointwise import number
from derive.pointwise import sign as sign_at
from derive.roots import zeros

b = Symbol("b", real=True)
mu, c = Symbol("mu", real=True), Symbol("c", real=True)
sigma, p, q = (Symbol(n, positive=True) for n in ("sigma", "p", "q"))
HALF = Rational(1, 2)
POINT = {
    mu: Rational(7, 10),
    c: Rational(1, 3),
    sigma: Rational(13, 10),
    p: Rational(3, 2),
    q: Rational(5, 2),
}


def real_zeros(f: Expr, point: dict[Symbol, Rational] = POINT) -> list[float]:
    """The zeros that are there at the point."""
    there = [r for r in zeros(f, b) if all(sign_at(s, point) == 1 for s in r.positive)]
    return sorted({float(number(r.value, point).mid()) for r in there})


def scanned(f: Expr, low: float, high: float) -> list[float]:
    """Sign changes of ``f`` on a grid, refined by bisection; nothing of the solver is used."""
    function = lambdify(b, f.subs(POINT), "mpmath")
    grid = [low + (high - low) * (i + 0.3719) / 4000 for i in range(4000)]
    values = [function(x) for x in grid]
    found = []
    for x, y, u, v in zip(grid, grid[1:], values, values[1:], strict=False):
        if u * v < 0:
            for _ in range(80):
                m = (x + y) / 2
                x, y = (m, y) if function(m) * u > 0 else (x, m)
            found.append(float(x))
    return found


GOLDEN = [
    (mu + sigma * b - 1, [(1 - mu) / sigma]),
    (exp(mu + sigma * b) - 1, [-mu / sigma]),
    ((b - mu) * (b - c), [c, mu]),
    (b**3 - 2 * b, [-sqrt(2), sqrt(2), 0]),
    (exp(2 * b) - 3 * exp(b) + 2, [0, log(2)]),
    (1 / (1 + exp(-mu - sigma * b)) - Rational(1, 3), [(-mu - log(2)) / sigma]),
    ((1 - (1 - b) ** (1 / q)) ** (1 / p) - HALF, [1 - (1 - 2 ** (-p)) ** q]),
    (mu - sigma * log(-log(b)), [exp(-exp(mu / sigma))]),
    (mu - sigma * log(1 / b - 1), [1 / (exp(mu / sigma) + 1)]),
    (p * b ** (1 / q) - c, [(c / p) ** q]),
    (tanh(b) - HALF, [log(3) / 2]),
    ((mu + sigma * b) ** 2 - 2 * (mu + sigma * b) - 3, [(-mu - 1) / sigma, (3 - mu) / sigma]),
    (b**q * (b - 1), [0, 1]),
    ((2 * b**3 + 1) ** 3 - 27, [1]),
]


@pytest.mark.parametrize(("f", "expected"), GOLDEN, ids=[str(f) for f, _ in GOLDEN])
def test_zeros_have_these_forms(f: Expr, expected: list[Expr]) -> None:
    assert set(r.value for r in zeros(f, b)) == set(map(lambda e: Integer(0) + e, expected))


SCANNED = [
    (mu + sigma * b - 1, -10, 10),
    (b**2 - c, -3, 3),
    (b**2 + mu * b - c, -3, 3),
    (b**4 - 5 * b**2 + 4, -3, 3),
    (expand((b - mu) * (b - c) * (b + 2)), -3, 3),
    (exp(b) - c * exp(-3 * b + 1), -3, 3),
    (exp(mu * b) - c * exp(sigma * b + 1), -9, 9),
    (b - sqrt(b), 0.01, 3),
    (sqrt(1 - b) - b, -3, 0.999),
    (b / (1 + b**2) - Rational(2, 5), -5, 5),
    (1 / (b - 2) + b, -5, 1.9),
    (log(b) - log(1 - b) - mu, 0.001, 0.999),
    (log(b) + log(3 - b) - mu, 0.001, 2.999),
    (sinh(b) - cosh(b) / 2, -3, 3),
    (b * exp(b) - 2 * exp(b), -3, 3),
    (atan(b) - 1, -3, 3),
    (erf(mu + b) - HALF, -3, 3),
    (2**b - 3, -3, 3),
    (Abs(b - mu) - c, -3, 3),
    (Abs(Abs(b) - 1) - c, -3, 3),
    (Max(b, 0) - 1, -3, 3),
    (Min(b, 2 * b + 1) + c, -3, 3),
    (b * sign(b - mu) - c, -3, 3),
    (Heaviside(b - 1) - HALF * b, -3, 2.5),
    (Piecewise((b - 1, b < 0), (b**2 - c, b < 1), (5 - b, True)), -3, 7),
    (mu - sigma * sign(b - HALF) * log(1 - 2 * Abs(b - HALF)), 0.001, 0.999),
    (cosh(b) - 2, -3, 3),
    (2 + sin(b), -9, 9),
    (1 + exp(b), -9, 9),
    (b**2 + 1, -9, 9),
]


@pytest.mark.parametrize(("f", "low", "high"), SCANNED, ids=[str(f) for f, *_ in SCANNED])
def test_no_sign_change_is_missed(f: Expr, low: float, high: float) -> None:
    solved = real_zeros(f)
    for x in scanned(f, low, high):
        # A jump through zero is a kink of its own, found at the inner switch.
        jump = any(abs(x - k) < 1e-9 for k in (0.0, 0.7, 1.0))
        assert jump or any(abs(x - z) < 1e-9 for z in solved), f"{x} is no zero in {solved}"


@pytest.mark.parametrize(
    ("f", "low", "high"),
    [row for row in SCANNED if not row[0].has(Abs, Max, Min, Heaviside, Piecewise, sign)],
    ids=lambda value: str(value),
)
def test_what_is_given_as_a_zero_is_one(f: Expr, low: float, high: float) -> None:
    function = lambdify(b, f.subs(POINT), "mpmath")
    for z in real_zeros(f):
        # Zeros are rounded to a double; the functions here have slopes below 100.
        assert abs(function(z)) < 1e-13 * 100


@given(
    st.lists(st.fractions(-5, 5, max_denominator=20), min_size=1, max_size=4),
    st.fractions(-3, 3, max_denominator=9).filter(bool),
)
@settings(max_examples=40, deadline=None)
def test_products_of_linear_factors_give_back_their_roots(roots: list, lead: object) -> None:
    f = Rational(lead)  # type: ignore[arg-type]
    for r in roots:
        f = f * (b - Rational(r))
    assert {r.value for r in zeros(expand(f), b)} == {Rational(r) for r in roots}


@given(
    st.lists(st.sampled_from(["exp", "log", "cube", "affine", "tanh", "reciprocal"]), min_size=1, max_size=3)
)
@settings(max_examples=60, deadline=None)
def test_chains_are_inverted(links: list[str]) -> None:
    """The chain is built from the outside in, so the zero is known before the solver sees it."""
    apply = {
        "exp": exp,
        "log": lambda u: log(u),
        "cube": lambda u: u**3,
        "affine": lambda u: 2 * u - Rational(1, 3),
        "tanh": lambda u: tanh(u),
        "reciprocal": lambda u: 1 / u,
    }
    f, target = b, Rational(3, 4)
    for link in links:
        f, target = apply[link](f), apply[link](target)
        if not target.is_real or not target.is_finite or abs(1 - abs(target)) < Rational(1, 10**9):
            return  # not real from here on, or tanh has lost its argument
    found = [float(number(r.value, {}).mid()) for r in zeros(f - target, b)]
    # Rounding is magnified by the inverse functions, at most 1e4 for three links.
    assert any(abs(x - 0.75) < 1e-11 for x in found)


def test_conditions_tell_where_a_zero_is_real() -> None:
    (low, high) = zeros(b**2 - c, b)
    assert low.positive == high.positive == (c,)
    assert real_zeros(b**2 - c, {c: Rational(-1, 3)}) == []
    assert len(real_zeros(b**2 - c)) == 2


REFUSED = [
    (sin(b), "infinitely many"),
    (mu + sigma * tan(b), "infinitely many"),
    (b**3 - b - 1, "does not factor"),
    (b + exp(b), "mixes"),
    (b**p - b, "mixes"),
    (sum((Abs(b - i) for i in range(8)), -c), "branches"),
]


@pytest.mark.parametrize(("f", "message"), REFUSED, ids=[str(f)[:30] for f, _ in REFUSED])
def test_what_is_not_solved_is_refused(f: Expr, message: str) -> None:
    with pytest.raises(Undecided, match=message):
        zeros(f, b)
