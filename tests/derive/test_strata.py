"""Stratified points are admissible, distinct, deterministic, and visit every sign cell."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import Undecided
from derive.strata import stratified_points

mu, low, high = sp.symbols("mu low high", real=True)
s = sp.Symbol("sigma", positive=True)
POINT = {mu: sp.Rational(7, 10), s: sp.Rational(13, 10)}
ENDS = {low: sp.Rational(-2, 5), high: sp.Rational(19, 10)}


def _patterns(
    points: tuple[dict[sp.Symbol, sp.Rational], ...], switches: list[sp.Expr]
) -> set[tuple[int, ...]]:
    return {tuple(int(sp.sign(w.subs(p))) for w in switches) for p in points}


# switches, constraints, base point, sign patterns that exist
CASES = {
    "one": ([mu], [], POINT, {(1,), (-1,)}),
    "two": ([mu, mu - 1], [], POINT, {(1, 1), (1, -1), (-1, -1)}),
    "against_each_other": ([mu, mu - s], [], POINT, {(1, 1), (1, -1), (-1, -1)}),
    "constrained": ([mu, mu - 1], [mu > 0], POINT, {(1, 1), (1, -1)}),
    "support": ([low, high], [low < high], ENDS, {(1, 1), (-1, 1), (-1, -1)}),
    "curved": ([sp.exp(mu) - 3], [], POINT, {(1,), (-1,)}),
    "quadratic": ([mu**2 - sp.Rational(1, 4), mu], [mu**2 < 1], POINT, {(1, 1), (1, -1), (-1, 1), (-1, -1)}),
    "settled_by_assumptions": ([s], [], POINT, {(1,)}),
}


@pytest.mark.parametrize("name", CASES)
def test_every_admissible_sign_pattern_is_visited(name: str) -> None:
    switches, constraints, base, wanted = CASES[name]
    points = stratified_points(constraints, base, switches)
    assert _patterns(points, switches) == wanted
    assert points[0] == base
    assert all(c.subs(p) == sp.true for p in points for c in constraints)
    assert all(p[s] > 0 for p in points if s in p)


@given(count=st.integers(1, 9), seed=st.integers(0, 50))
@settings(max_examples=30, deadline=None)
def test_points_are_distinct_and_the_same_every_time(count: int, seed: int) -> None:
    points = stratified_points([low < high], ENDS, [low], count, seed)
    again = stratified_points([low < high], ENDS, [low], count, seed)
    assert points == again
    assert len({tuple(p.items()) for p in points}) == len(points) == max(count, 2)
    assert all(v.q <= 1000 for p in points for v in p.values())


def test_different_seeds_give_different_points() -> None:
    assert stratified_points([], POINT, [], 4, 1)[1:] != stratified_points([], POINT, [], 4, 2)[1:]


def test_one_point_where_nothing_else_is_asked_for() -> None:
    assert stratified_points([], POINT, [], 1) == (POINT,)


def test_a_base_point_outside_is_refused() -> None:
    with pytest.raises(Undecided, match="violates a constraint"):
        stratified_points([low < high], {low: sp.Integer(2), high: sp.Integer(1)})
    with pytest.raises(Undecided, match="violates a constraint"):
        stratified_points([], {s: sp.Integer(-1)})


def test_whole_numbers_stay_whole() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    points = stratified_points([], {n: sp.Integer(7), s: sp.Rational(1, 3)}, [n - 9], 6)
    assert len(points) == 6
    assert all(p[n].is_Integer and p[n] > 0 for p in points)
    assert _patterns(points, [n - 9]) == {(1,), (-1,)}
