"""The fits of growth: a known law is found within its interval, and worse growth is called so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.benchmarks import growth
from tests.benchmarks.growth import CASES, SAMPLED, Case, fitted, row


def test_a_law_is_found_within_its_interval() -> None:
    sizes = np.array([8.0, 16.0, 32.0, 64.0, 128.0])
    wobble = np.exp(0.02 * np.array([1.0, -1.0, 0.5, -0.5, 0.3]))
    slope, half, intercept = fitted(list(np.log(sizes)), list(3e-4 * sizes**1.5 * wobble))
    assert abs(slope - 1.5) < half < 0.1
    assert intercept == pytest.approx(math.log(3e-4), abs=0.1)


def test_two_sizes_give_no_interval() -> None:
    assert fitted([0.0, 1.0], [1.0, math.e])[1] == math.inf


def known(exponent: float, monkeypatch: pytest.MonkeyPatch, demanded: float, base: float = 0.0) -> bool:
    """Whether a case that grows like that is called worse than demanded."""
    law = (lambda n: 1e-4 * base**n) if base else (lambda n: 1e-4 * n**exponent)
    noise = {2: 1.01, 4: 0.99, 8: 1.0, 16: 1.01, 32: 1.0, 64: 0.99}
    monkeypatch.setattr(growth, "seconds", lambda case, size, rounds: law(size) * noise[size])
    case = Case(lambda n: None, (), (2, 4, 8, 16, 32, 64), demanded, "", exponential=bool(base))
    return growth._is_worse(row("case", case, False))


def test_growth_that_is_worse_than_demanded_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert known(2.0, monkeypatch, 1.0)
    assert not known(1.0, monkeypatch, 1.0)
    assert known(0.0, monkeypatch, 1.5, base=2.0)
    assert not known(0.0, monkeypatch, 2.0, base=2.0)


def test_an_interval_that_says_nothing_settles_nothing() -> None:
    assert growth._is_settled({"95 %": "0.90 to 1.20", "demanded": "n**1"})
    assert not growth._is_settled({"95 %": "-1.00 to 3.92", "demanded": "n**2"})
    assert not growth._is_worse({"95 %": "-1.00 to 3.92", "demanded": "n**2"})


def test_the_wall_is_where_a_minute_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "seconds", lambda case, size, rounds: 6e-3 * size**2 / 100.0)
    made = row("case", Case(lambda n: None, (), (2, 4, 8, 16), 2.0, ""), False)
    assert float(made["a minute at"]) == 1000.0


@pytest.mark.parametrize("name", [n for n in CASES if n not in ("parameters, proof", "support")])
def test_a_case_runs_at_its_smallest(name: str) -> None:
    assert growth.seconds(CASES[name], CASES[name].quick[0], 1) < 60.0


def test_both_ways_to_rows_of_many_parameters_agree() -> None:
    import torch

    SAMPLED.prepare(50)
    one, two = SAMPLED.rows(50), SAMPLED.by_autograd(50)
    torch.testing.assert_close(one, two, rtol=1e-12, atol=1e-12)
