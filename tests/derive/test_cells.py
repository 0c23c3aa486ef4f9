"""The kink splitter: golden cells, an independent evaluation inside every cell, facts that pin the order."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Eq,
    Expr,
    Function,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    Symbol,
    acosh,
    asin,
    besselk,
    cos,
    exp,
    floor,
    gamma,
    lambdify,
    log,
    oo,
    sign,
    sin,
    sqrt,
    tan,
    tanh,
)  # fmt: skip

from derive.cells import Cell, Jump, jumps, kinks, on_cell, singularities, split, switches
from derive.errors import Undecided
from derive.pointwise import number

x = Symbol("a", real=True)
mu, c, low, high = (Symbol(n, real=True) for n in ("mu", "c", "low", "high"))
sigma = Symbol("sigma", positive=True)
R = Rational
POINT = {mu: R(7, 10), c: R(1, 3), sigma: R(13, 10), low: R(-2), high: R(3)}


def at(**values: object) -> dict[Symbol, Rational]:
    symbols = {s.name: s for s in POINT}
    return {**POINT, **{symbols[k]: R(v) for k, v in values.items()}}


# Switches


SWITCHES = [
    (Abs(x - mu) * sign(x), {x - mu, x}),
    (Max(x, 0, mu), {x, x - mu}),
    (Min(x, 2 * x), {x - 2 * x}),
    (Heaviside(sigma * x - 1), {sigma * x - 1}),
    (Piecewise((x, (x > 0) & (x < c)), (0, True)), {x, x - c}),
    (Abs(Abs(x) - 1), {x, Abs(x) - 1}),
    (Abs(mu) * x**2, set()),
    (Piecewise((x, mu > 0), (x**2, True)), set()),
]


@pytest.mark.parametrize(("expr", "expected"), SWITCHES, ids=[str(e) for e, _ in SWITCHES])
def test_switches_are_found_at_any_depth(expr: Expr, expected: set[Expr]) -> None:
    # A switch and its negative are the same switch.
    found = {min(s, -s, key=str) for s in switches(expr, x)}
    assert found == {min(s, -s, key=str) for s in expected}


@pytest.mark.parametrize("expr", [floor(x), x * floor(2 * x), Abs(x - floor(x))], ids=str)
def test_infinitely_many_kinks_are_refused(expr: Expr) -> None:
    with pytest.raises(Undecided, match="at every integer"):
        switches(expr, x)


def test_kinks_without_a_point_are_candidates_and_with_one_they_are_there() -> None:
    assert set(kinks(Abs(x**2 - c), x)) == {-sqrt(c), sqrt(c)}
    assert kinks(Abs(x**2 - c), x, at(c=-1)) == ()
    assert kinks(Abs(1 / x), x) == (0,)
    assert kinks(1 / x, x) == ()
    with pytest.raises(Undecided, match="meets another"):
        kinks(Abs(x**2 - c), x, at(c=0))


SINGULAR = [
    (1 / (x - mu), {mu}),
    (log(x) / (1 + exp(x)), {S.Zero}),
    ((1 - x) ** R(-1, 2) * x**2, {S.One}),
    (x ** (sigma - 1), {S.Zero}),
    (asin(x), {S.One, S.NegativeOne}),
    (acosh(x - 1), {S(2)}),
    (besselk(1, x - c), {c}),
    (1 / (1 + x**2), set()),
    (x**2 * exp(-x) * tanh(x), set()),
    (1 / (2 + cos(x)), set()),
]


@pytest.mark.parametrize(("expr", "expected"), SINGULAR, ids=[str(e) for e, _ in SINGULAR])
def test_singularities(expr: Expr, expected: set[Expr]) -> None:
    assert set(singularities(expr, x, POINT)) == expected


@pytest.mark.parametrize("expr", [tan(x), gamma(x), 1 / sin(x)], ids=str)
def test_infinitely_many_poles_are_refused(expr: Expr) -> None:
    with pytest.raises(Undecided, match="infinitely many"):
        singularities(expr, x)


# Cells


GOLDEN = [
    (Abs(mu + sigma * x), [(-oo, -mu / sigma, -mu - sigma * x), (-mu / sigma, oo, mu + sigma * x)]),
    (Max(x, 0) ** 2, [(-oo, 0, 0), (0, oo, x**2)]),
    (Heaviside(x - c) * x, [(-oo, c, 0), (c, oo, x)]),
    (Min(x, mu, c), [(-oo, c, x), (c, oo, c)]),
    (sign(x) * Abs(x), [(-oo, oo, x)]),
    (Abs(1 / x), [(-oo, 0, -1 / x), (0, oo, 1 / x)]),
    (Piecewise((1, x < 0), (x, x < 1), (5, True)), [(-oo, 0, 1), (0, 1, x), (1, oo, 5)]),
    (Piecewise((1, Eq(x, 0)), (x, True)), [(-oo, oo, x)]),
    (Piecewise((x, mu > 0), (x**2, True)), [(-oo, oo, x)]),
    (x**2, [(-oo, oo, x**2)]),
]


@pytest.mark.parametrize(("expr", "expected"), GOLDEN, ids=[str(e) for e, _ in GOLDEN])
def test_cells_on_the_line(expr: Expr, expected: list[tuple[Expr, Expr, Expr]]) -> None:
    found = split(expr, x, -oo, oo, POINT).cells
    assert found == tuple(Cell(S(a), S(b), S(body)) for a, b, body in expected)


INTEGRANDS = [
    Abs(x - mu) * exp(-x),
    Max(x, 0) * Heaviside(x - 1) + sign(x - c),
    Abs(Abs(x - mu) - c),
    Abs(x**2 - c) * Max(x, mu),
    Piecewise((Abs(x), x < c), (x**2, (x > 1) & (x < 2)), (Min(x, 3 * mu), True)),
    Abs(exp(mu + sigma * x) - 1) + Abs(tanh(x) - R(1, 2)),
    Max(x, -x, c),
    Abs(x * (x - 1) * (x + 1)),
    Abs(Max(x, 0) - Min(x, 1)),
    Heaviside(1 / (1 + exp(-x)) - c) * cos(x),
    Max(0, Abs(x) - 1) ** 2,
]


def values_of(expr: Expr, point: dict[Symbol, Rational], places: list[Fraction]) -> list[float]:
    """By mpmath, with SymPy's own Abs, Max ...: nothing of the splitter is used."""
    function = lambdify(x, expr.subs(point), "mpmath")
    return [float(function(R(p))) for p in places]


def value(expr: Expr) -> float:
    return float(number(expr, POINT).mid())


def inside(cell: Cell, point: dict[Symbol, Rational]) -> list[Fraction]:
    ends = [number(e, point) for e in (cell.lower, cell.upper)]
    left, right = (Fraction(float(max(min(e, 50), -50).mid())) for e in ends)
    return [left + (right - left) * Fraction(k, 17) for k in (1, 3, 8, 13, 16)]


@pytest.mark.parametrize("expr", INTEGRANDS, ids=str)
@pytest.mark.parametrize("shift", [R(0), R(1, 7), R(-9, 5)], ids=str)
def test_bodies_are_the_function_inside_their_cells(expr: Expr, shift: Rational) -> None:
    point = at(mu=R(7, 10) + shift)
    cells = split(expr, x, low, high, point).cells
    assert cells[0].lower == low
    assert cells[-1].upper == high
    for cell in cells:
        assert not cell.body.has(Abs, sign, Max, Min, Heaviside, Piecewise)
        places = inside(cell, point)
        # Twice the same double function up to rounding.
        assert values_of(cell.body, point, places) == pytest.approx(
            values_of(expr, point, places), rel=1e-12, abs=1e-12
        )


@pytest.mark.parametrize("expr", INTEGRANDS, ids=str)
def test_required_facts_hold_at_the_point_and_pin_the_split(expr: Expr) -> None:
    found = split(expr, x, low, high, POINT)
    assert all(fact.subs(POINT) == S.true for fact in found.requires)
    assert all(fact.rel_op in ("<", ">") for fact in found.requires)
    near = {s: v + R(1, 10**6) * (i + 1) for i, (s, v) in enumerate(POINT.items())}
    assert split(expr, x, low, high, near) == found


BROKEN = [
    (Max(x, 0), at(low=-1), at(low=1)),
    (Abs(x - mu), at(), at(mu=4)),
    (Abs(x - mu) * Abs(x - c), at(), at(mu=0)),
    (Abs(x**2 - c), at(), at(c=-1)),
    (Piecewise((x, mu > 0), (0, True)), at(), at(mu=-1)),
    (Abs(Abs(x) - c), at(), at(c=-1)),
]


@pytest.mark.parametrize(("expr", "here", "there"), BROKEN, ids=[str(e) for e, *_ in BROKEN])
def test_where_the_split_changes_a_required_fact_is_false(
    expr: Expr, here: dict[Symbol, Rational], there: dict[Symbol, Rational]
) -> None:
    one, two = split(expr, x, low, high, here), split(expr, x, low, high, there)
    assert one.cells != two.cells
    assert any(fact.subs(there) == S.false for fact in one.requires)


@given(st.fractions(-3, 3, max_denominator=12), st.fractions(-3, 3, max_denominator=12))
@settings(max_examples=60, deadline=None)
def test_ends_and_kinks_that_meet_are_refused_and_no_others(one: Fraction, two: Fraction) -> None:
    point = at(mu=R(one), c=R(two))
    expr = Abs(x - mu) + Abs(x - c)
    ends = {R(one), R(two)} & {R(-2), R(3)}
    if (one == two and one > -2) or ends:
        with pytest.raises(Undecided, match="meet at this point"):
            split(expr, x, low, high, point)
    else:
        edges = sorted(k for k in (R(one), R(two)) if -2 < k < 3)
        bodies = split(expr, x, low, high, point).cells
        assert [b.lower.subs(point) for b in bodies] == [-2, *edges]


REFUSED = [
    (Max(x, 0), S.Zero, low, at(low=-1), "is empty"),
    (Max(x, 0), low, high, at(low=0), "low and 0 meet at this point"),
    (Abs(log(x)), -oo, oo, POINT, "not real there"),
    (Heaviside(mu * x), -oo, oo, at(mu=0), "zero at this parameter point"),
    (Piecewise((x, x > 0)), -oo, oo, POINT, "has no value"),
    (Piecewise((x, mu > 1), (x**2, True)), -oo, oo, at(mu=1), "is a tie"),
    (Abs(sin(x)), -oo, oo, POINT, "infinitely many"),
    (Abs(x - Symbol("k")), -oo, oo, POINT, "'k' has no value"),
    (Abs(Function("h")(x)), -oo, oo, POINT, "no inverse of h"),
]


@pytest.mark.parametrize(("expr", "lower", "upper", "point", "message"), REFUSED, ids=[r[4] for r in REFUSED])
def test_what_is_open_is_refused(
    expr: Expr, lower: Expr, upper: Expr, point: dict[Symbol, Rational], message: str
) -> None:
    with pytest.raises(Undecided, match=message):
        split(expr, x, lower, upper, point)


def test_two_ways_to_write_one_kink_are_one_kink() -> None:
    expr = Abs(x - mu) + Abs(x - (mu**2 + mu * c) / (mu + c))
    assert len(split(expr, x, -oo, oo, POINT).cells) == 2


def test_a_kink_at_the_end_of_the_support_is_no_kink() -> None:
    assert split(Abs(x - low), x, low, oo, POINT).cells == (Cell(low, oo, x - low),)


def test_on_cell_takes_the_branch_of_the_interval() -> None:
    assert on_cell(Abs(x - mu), x, -oo, mu, POINT) == mu - x
    assert on_cell(Max(x, 0) + Abs(c), x, S(1), S(2), POINT) == x + Abs(c)


# Jumps


JUMPS = [
    (Heaviside(x - c), [Jump(c, S.One)]),
    (Heaviside(c - x) * x, [Jump(c, -c)]),
    (sign(x - mu) * exp(x), [Jump(mu, 2 * exp(mu))]),
    (Abs(x - mu), []),
    (Max(x, 0) ** 2, []),
    (Abs(exp(mu + sigma * x) - 1), []),
    (Piecewise((x, x < 1), (x**2, x < 2), (0, True)), [Jump(S(2), S(-4))]),
    (Heaviside(x) + Heaviside(x - c), [Jump(S.Zero, S.One), Jump(c, S.One)]),
]


@pytest.mark.parametrize(("expr", "expected"), JUMPS, ids=[str(e) for e, _ in JUMPS])
def test_jumps_have_exact_heights(expr: Expr, expected: list[Jump]) -> None:
    assert jumps(expr, x, POINT) == tuple(expected)


@pytest.mark.parametrize("expr", INTEGRANDS, ids=str)
def test_heights_are_the_difference_of_the_two_sides(expr: Expr) -> None:
    found = {
        float(number(j.at, POINT).mid()): float(number(j.height, POINT).mid()) for j in jumps(expr, x, POINT)
    }
    for kink in kinks(expr, x, POINT):
        k = Fraction(float(number(kink, POINT).mid()))
        step = Fraction(1, 10**9)
        left, right = values_of(expr, POINT, [k - step, k + step])
        # Slopes here are below 100, so a continuous function moves by less than 2e-7.
        assert found.get(float(k), 0.0) == pytest.approx(right - left, abs=1e-6)


def test_a_jump_whose_height_vanishes_at_this_point_only_is_a_jump() -> None:
    assert jumps(mu * Heaviside(x), x, at(mu=0)) == (Jump(S.Zero, mu),)


def test_jumps_outside_the_support_do_not_count() -> None:
    assert jumps(Heaviside(x - c), x, POINT, S.One, oo) == ()
    with pytest.raises(Undecided, match="not real there"):
        jumps(Heaviside(log(x) - c), x, POINT)
    assert len(jumps(Heaviside(log(x) - c), x, POINT, S.Zero, oo)) == 1


def test_a_pole_is_no_jump() -> None:
    with pytest.raises(Undecided, match="no finite value"):
        jumps(Abs(1 / x), x, POINT)
