"""The benchmarks' arithmetic: tables, goals, medians, and what a fixed-size test is worth."""

from __future__ import annotations

import math

import pytest

from tests.benchmarks.closed_forms import attempt, ours, truth
from tests.benchmarks.evidence import _fixed
from tests.benchmarks.part import Goal, Part, interleaved, spread


def test_a_part_marks_what_was_missed() -> None:
    goals = (Goal("fast", "slow", False), Goal("seen", "", None))
    part = Part("P", "says", ({"a": 1.23456, "b": "x|y"},), goals)
    text = part.table()
    assert "| 1.23 | x\\|y |" in text
    assert "- MISSED fast: slow" in text
    assert "- not measured seen" in text


def test_runs_are_interleaved_after_one_that_is_not_counted() -> None:
    order: list[str] = []
    times = interleaved({"one": lambda: order.append("1"), "two": lambda: order.append("2")}, rounds=2)
    assert order == ["1", "2"] * 3
    assert [len(found) for found in times.values()] == [2, 2]


def test_spread_is_relative_to_the_median() -> None:
    assert spread([1.0, 2.0, 4.0]) == "0.50-2.00"


def test_a_fixed_size_test_with_a_wide_tolerance_passes_a_biased_estimator() -> None:
    row = _fixed("wide", 100_000, 0.05, mean=1.0, variance=1.0)
    # The standard error is 0.00316, so that the tolerance is 15.8 and the distance to the bias 12.6 of it.
    assert row["misses 1 %"] == pytest.approx(1.0, abs=1e-12)
    narrow = _fixed("narrow", 100, 0.01, mean=1.0, variance=1.0)
    assert narrow["fails a right one"] == pytest.approx(0.920344, abs=1e-6)


def test_a_cell_is_solved_and_a_wrong_value_is_called_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.benchmarks import closed_forms

    cell = ("normal", "a**2")
    assert ours(cell) == pytest.approx(truth(cell[0], cell[1]), rel=1e-12)
    assert attempt("ours", cell, 20.0)[0] == "solved"
    monkeypatch.setitem(closed_forms.METHODS, "ours", lambda _: 1.0)
    assert attempt("ours", cell, 20.0)[0] == "wrong"
    assert not math.isnan(truth(*cell))
