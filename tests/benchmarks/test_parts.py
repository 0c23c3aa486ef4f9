"""The benchmarks' arithmetic: tables, goals, medians, and what a fixed-size test is worth."""

from __future__ import annotations

import math

import pytest
import torch

from tests.benchmarks._fixed_size import FixedSize
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
    wide = FixedSize("wide", 100_000, rtol=0.05)
    # The standard error is 0.00319, so that the bias is 12.5 of them from the tolerance.
    assert wide.chance(1.0, 1.0, bias=0.01) == pytest.approx(1.0, abs=1e-12)
    narrow = FixedSize("narrow", 100, rtol=0.01)
    assert 1.0 - narrow.chance(1.0, 1.0) == pytest.approx(0.920344, abs=1e-6)
    assert narrow.chance(1.0, 1.0, bias=1.0) < 1e-3


def test_a_tolerance_has_both_parts() -> None:
    test = FixedSize("both", 10, rtol=0.1, atol=0.01)
    assert test.tolerance(-2.0) == pytest.approx(0.21)
    assert test.passes(-2.2, -2.0)
    assert not test.passes(-2.22, -2.0)


def test_the_normal_limit_is_that_of_a_mean() -> None:
    """Against 2000 means of 50 uniform variables: within 5 standard errors, wrong once in 10**6."""
    test, generator = FixedSize("uniform", 50, atol=0.05), torch.Generator().manual_seed(0)
    means = torch.rand((2000, 50), generator=generator, dtype=torch.float64).mean(1) + 0.02
    passed = sum(test.passes(float(mean), 0.5) for mean in means)
    chance = test.chance(0.5, math.sqrt(1 / 12), bias=0.04)
    # The bias moves the mean alone here, not the spread, which the chance takes 4 % larger.
    assert abs(passed / 2000 - chance) < 5 * math.sqrt(chance * (1 - chance) / 2000) + 0.02
