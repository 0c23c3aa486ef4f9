"""The fits of growth: a known law is found within its interval, and worse growth is called so."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from derive import oracle
from derive.closed_form import _cached
from tests.benchmarks import growth
from tests.benchmarks._growing import Case, cold, degree, warm
from tests.benchmarks.growth import ALONE, CASES, ENOUGH, SAMPLED, Fit, fitted, measured, part_of, row

SIZES = np.array([8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0])
WOBBLE = np.exp(0.02 * np.array([1.0, -1.0, 0.5, -0.5, 0.3, -0.8, 0.6]))


@pytest.mark.parametrize("fixed", [0.0, 0.05, 0.5])
@pytest.mark.parametrize("exponent", [0.7, 1.0, 2.3])
def test_a_law_is_found_beside_a_fixed_cost(exponent: float, fixed: float) -> None:
    fit = fitted(list(np.log(SIZES)), list((fixed + 3e-4 * SIZES**exponent) * WOBBLE))
    assert abs(fit.rate - exponent) < fit.half
    assert fit.last == pytest.approx(3e-4 * 512**exponent, rel=0.2 if fixed < 0.5 else 0.7)
    assert fit.fixed == pytest.approx(fixed, rel=0.1, abs=2e-3)


def test_a_fixed_cost_left_out_would_flatten_the_law() -> None:
    times = 0.5 + 3e-4 * SIZES**2
    plain = np.polyfit(np.log(SIZES), np.log(times), 1)[0]
    assert plain < 1.4
    assert fitted(list(np.log(SIZES)), list(times)).rate == pytest.approx(2.0, abs=1e-4)


def test_few_sizes_give_no_interval() -> None:
    assert fitted([0.0, 1.0], [1.0, math.e]).half == math.inf


def known(law: Callable[[float], float], monkeypatch: pytest.MonkeyPatch, case: Case) -> bool:
    """Whether a case that grows like that is called worse than demanded."""
    noise = dict(zip(case.sizes, (1.01, 0.99, 1.0, 1.01, 1.0, 0.99), strict=True))
    monkeypatch.setattr(growth, "seconds", lambda _, size: law(size) * noise[size])
    return growth._is_worse(row("case", case, False))


def made(demanded: float, exponential: bool = False) -> Case:
    sizes = (4, 5, 6, 8, 10, 12) if exponential else (2, 4, 8, 16, 32, 64)
    return Case(lambda n: None, (), sizes, demanded, "", exponential)


def test_growth_that_is_worse_than_demanded_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert known(lambda n: 1e-4 * n**2, monkeypatch, made(1.0))
    assert known(lambda n: 1e-2 + 1e-4 * n**2, monkeypatch, made(1.5))
    assert not known(lambda n: 1e-4 * n, monkeypatch, made(1.0))
    assert known(lambda n: 1e-4 * n * 2.0**n, monkeypatch, made(1.5, True))
    assert not known(lambda n: 1e-4 * n * 2.0**n, monkeypatch, made(2.0, True))


def a_row(what: str, interval: str) -> dict[str, object]:
    return {"what": what, "95 %": interval, "demanded": "n**1", "fixed s": 0.0}


def test_what_the_machine_adds_is_no_growth_of_ours() -> None:
    """Only as much is allowed as the computation that is linear by construction shows in the same run."""
    ours = "parameters, rows by autograd"
    says = {
        alone: part_of((a_row(ALONE, alone), a_row(ours, "1.05 to 1.09")), False).goals[0]
        for alone in ("0.97 to 1.01", "1.02 to 1.08")
    }
    assert says["0.97 to 1.01"].met is False
    assert ours in says["0.97 to 1.01"].reached
    assert says["1.02 to 1.08"].met
    assert part_of((a_row(ours, "1.05 to 1.09"),), False).goals[0].met is False
    assert part_of((a_row(ours, "1.05 to 1.09"),), True).goals[0].met is None


def test_an_interval_that_says_nothing_settles_nothing() -> None:
    assert growth._is_settled({"95 %": "0.90 to 1.20", "demanded": "n**1"})
    assert growth._is_settled({"95 %": "3.90 to 4.20", "demanded": "n 4**n"})
    assert not growth._is_settled({"95 %": "-1.00 to 3.92", "demanded": "n**2"})
    assert not growth._is_worse({"95 %": "-1.00 to 3.92", "demanded": "n**2"})


def test_the_wall_is_where_a_minute_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "seconds", lambda case, size: 6e-3 * size**2 / 100.0)
    found = row("case", Case(lambda n: None, (), (2, 4, 8, 16), 2.0, ""), False)
    assert float(found["a minute at"]) == 1000.0
    assert Fit(0.0, 0.0, 0.0, 1.0, 3.0).reaches(60.0) == math.inf
    assert Fit(1.0, 0.0, 70.0, 1.0, 3.0).reaches(60.0) == math.inf


def test_all_sizes_are_in_every_round_until_they_took_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[int] = []

    def seconds(case: Case, size: int) -> float:
        order.append(size)
        return ENOUGH if size == 3 else 0.1 * len(order)

    monkeypatch.setattr(growth, "seconds", seconds)
    times = measured(Case(lambda n: None, (), (), 1.0, ""), (1, 2, 3), 3)
    assert order == [1, 2, 3, 1, 2, 1, 2]
    assert times == pytest.approx([0.4, 0.5, ENOUGH])


def test_what_is_cold_has_no_results_kept() -> None:
    degree(3)
    assert _cached.cache_info().currsize > 0
    assert oracle._CACHE
    warm(0)
    assert _cached.cache_info().currsize > 0
    cold(0)
    assert _cached.cache_info().currsize == 0
    assert not oracle._CACHE


@pytest.mark.parametrize("name", [n for n in CASES if n not in ("parameters, proof", "support")])
def test_a_case_runs_at_its_smallest(name: str) -> None:
    assert growth.seconds(CASES[name], CASES[name].quick[0]) < 60.0


def test_both_ways_to_rows_of_many_parameters_agree() -> None:
    SAMPLED.prepare(50)
    one, two = SAMPLED.rows(50), SAMPLED.by_autograd(50)
    torch.testing.assert_close(one, two, rtol=1e-12, atol=1e-12)
