"""The benchmark of closed forms: peers are given our laws; wrong, lost and endless answers are seen."""

from __future__ import annotations

import itertools
import math

import pytest
from sympy import Expr, Integer, Integral, N, Rational, exp, stats

from derive.families import FAMILIES
from derive.terms import SAMPLE
from tests.benchmarks import _solver
from tests.benchmarks._grid import LATTICE, Cell, agrees, cells, point_of, reason, truth, without_value
from tests.benchmarks._methods import METHODS, STATS, applies, number, ours
from tests.benchmarks._solver import Solver
from tests.benchmarks.closed_forms import _row, _shuffled, _within, geometric

EASY = Cell("normal", "a**2")


@pytest.mark.parametrize("family", STATS)
def test_the_peer_is_given_our_law(family: str) -> None:
    record = FAMILIES[family]
    at = {SAMPLE: Integer(3) if family in LATTICE else Rational(7, 5)} | point_of(record)
    at[SAMPLE] = Integer(1) if family == "bernoulli" else Rational(3, 5) if _in_unit(family) else at[SAMPLE]
    variable = STATS[family](*(p.reference for p in record.parameters))
    (plain,) = variable.atoms(stats.rv.RandomSymbol)
    slope = variable.diff(plain)
    theirs = stats.density(plain)((at[SAMPLE] - variable.xreplace({plain: Integer(0)})) / slope) / slope
    assert float(N(theirs)) == pytest.approx(float(N(exp(record.log_density.xreplace(at)))), rel=1e-12)


def _in_unit(family: str) -> bool:
    return family in ("beta", "kumaraswamy")


def test_the_grid_knows_what_has_an_answer() -> None:
    assert not {*cells()} & {*without_value()}
    assert {c.family for c in cells()} >= {*STATS}
    assert reason(Cell("negative_binomial", "exp(a/2)")) is None
    assert reason(Cell("geometric", "log(a)")) is not None
    assert truth(Cell("poisson", "a**2")) == pytest.approx(2.5 + 2.5**2, rel=1e-12)
    assert truth(Cell("binomial", "Heaviside(a-1)")) == pytest.approx(
        1 - 0.7**7 - 7 * 0.3 * 0.7**6 / 2, rel=1e-12
    )


def test_a_value_counts_only_if_it_is_one() -> None:
    (a,) = FAMILIES["normal"].samples
    assert number(ours(EASY), EASY) == pytest.approx(0.7**2 + 1.3**2)
    assert number(Integral(exp(-(a**2)), (a, 0, 1)), EASY) is None
    assert number(Integer(1) / Integer(0), EASY) is None
    assert not agrees(truth(EASY) * (1 + 1e-5), EASY)


def _forever(_: Cell) -> Expr:
    for count in itertools.count():
        if count < 0:
            break
    return Integer(0)


def _lost(_: Cell) -> Expr:
    raise ValueError("no idea")


def test_an_attempt_ends_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    methods = {"ours": ours, "wrong": lambda _: Integer(7), "lost": _lost, "endless": _forever}
    monkeypatch.setattr(_solver, "METHODS", methods)
    outcomes = {}
    for name in methods:
        # In a large process on a loaded machine the fork alone can cost tenths of a second.
        with Solver(name, 0.2 if name == "endless" else 60.0) as solver:
            outcomes[name] = [solver.attempt(EASY).outcome for _ in range(2)]
            assert name != "endless" or solver.spent == pytest.approx(0.4)
    assert outcomes == {
        "ours": ["solved"] * 2,
        "wrong": ["wrong"] * 2,
        "lost": ["no answer"] * 2,
        "endless": ["out of time"] * 2,
    }


def test_what_is_found_where_nothing_exists_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_solver, "METHODS", {"wrong": lambda _: Integer(0)})
    with Solver("wrong", 5.0) as solver:
        assert solver.attempt(Cell("normal", "1/a")).outcome == "wrong"


def test_an_attempt_is_cold() -> None:
    ours(EASY)
    _solver.forget()
    from derive.closed_form import _cached

    assert _cached.cache_info().currsize == 0


def test_ratios_are_over_what_both_solve() -> None:
    found = {
        ("ours", EASY): _solver.Attempt("solved", 0.001),
        ("peer", EASY): _solver.Attempt("solved", 0.1),
        ("ours", Cell("normal", "a")): _solver.Attempt("solved", 0.001),
        ("peer", Cell("normal", "a")): _solver.Attempt("out of time", 5.0),
    }
    row = _row("peer", found, (EASY, Cell("normal", "a"), Cell("normal", "a**3")))
    assert (row["cells"], row["solved"], row["out of time"], row["cells that ours solves too"]) == (
        2,
        1,
        1,
        1,
    )
    assert row["times ours (geometric mean)"] == pytest.approx(100.0)
    assert math.isnan(geometric([]))


def test_the_sample_of_cells_is_the_same_every_time() -> None:
    assert _shuffled(cells()) == _shuffled(cells())
    assert {*_shuffled(cells())} == {*cells()}
    assert _shuffled(cells()) != cells()
    assert [m for m in METHODS if not applies(m, Cell("half_normal", "a"))] == ["sympy.stats"]


def test_the_peers_get_as_far_as_their_time_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_solver, "METHODS", {"ours": ours})
    found: dict[tuple[str, Cell], _solver.Attempt] = {}
    with Solver("ours", 5.0) as solver:
        assert _within(-1.0, (EASY,), {"ours": solver}, found) == ()
        assert found == {}
        assert _within(60.0, (EASY,), {"ours": solver}, found) == (EASY,)
        assert solver.spent >= sum(attempt.seconds for attempt in found.values()) > 0.0
        solver.spent += 1e6  # whatever was spent before is of no concern
        assert _within(60.0, (EASY,), {"ours": solver}, found) == (EASY,)
    assert found["ours", EASY].outcome == "solved"
