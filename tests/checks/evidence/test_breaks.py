"""Breaks that do not move with the other draws: found along lines, given edges, integrated beside them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.arrays import Array
from checks.evidence.breaks import broken
from checks.evidence.charts import COARSE
from checks.evidence.quadrature import Axis, Limits, Moments, _Line, moments

UNIFORM, NORMAL, EXPONENTIAL = Axis("uniform"), Axis("normal"), Axis("exponential")
COIN = Axis("finite", 2)
CHART = COARSE["normal"]
LIMITS = Limits(nodes=100_000)  # as users' code with several draws is given
Function = Callable[[Array], Array]


def found(function: Function, *axes: Axis) -> Moments:
    probability = math.prod(1.0 / axis.atoms for axis in axes if axis.atoms)
    return moments(
        lambda b: (function(b).reshape(len(b), -1), np.full(len(b), probability)), axes, LIMITS, None
    )


def edges(function: Function) -> list[float]:
    """Those that the chart has not got already, along the first of two normal variables."""

    def evaluate(base: Array) -> tuple[Array, Array]:
        return function(base).reshape(len(base), -1), np.ones(len(base))

    chart = broken(CHART, 3, _Line(evaluate, (NORMAL, NORMAL), 0, LIMITS, None).panels)
    own = {p[0] for p in CHART.panels} | {p[1] for p in CHART.panels}
    return sorted({edge for p in chart.panels for edge in p[:2]} - own)


def test_a_jump_gets_an_edge_on_either_side() -> None:
    new = edges(lambda b: (b[:, 0] > 0.31) * (1.0 + b[:, 1] ** 2))
    assert len(new) >= 2
    below, above = max(e for e in new if e <= 0.31), min(e for e in new if e > 0.31)
    assert above - below < 1e-6


def test_two_breaks_get_their_own() -> None:
    new = edges(lambda b: np.abs(b[:, 0] + 1.7) + (b[:, 0] > 0.31) * b[:, 1])
    assert all(min(abs(e - at) for e in new) < 1e-2 for at in (-1.7, 0.31))


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda b: np.exp(0.3 * b[:, 0]) * b[:, 1], id="smooth"),
        pytest.param(lambda b: np.abs(b[:, 0] - b[:, 1]), id="moving"),
        pytest.param(lambda b: np.sin(9 * b[:, 0]) + b[:, 1], id="steep"),
    ],
)
def test_no_edges_where_nothing_breaks_for_all(function: Function) -> None:
    assert edges(function) == []


def test_a_staircase_of_too_many_steps_is_left_alone() -> None:
    assert edges(lambda b: np.floor(9.3 * b[:, 0]) + b[:, 1]) == []


@settings(max_examples=25, deadline=None)
@given(st.floats(0.06, 0.93), st.floats(0.06, 0.93))
def test_two_coins(p: float, q: float) -> None:
    """``(x - y)**2`` of two coins tossed as ``u < p``, and what one says of the other."""
    m = found(lambda b: ((b[:, 0] < p) * 1.0 - (b[:, 1] < q)) ** 2 + (b[:, 1] < q), UNIFORM, UNIFORM)
    mean = p * (1 - q) + q * (1 - p) + q
    assert abs(m.mean[0] - mean) <= m.mean_error[0] + 1e-15
    assert m.mean_error[0] <= 1e-8


def test_kinks_of_two_draws() -> None:
    """``E[abs(z - c)]`` in closed form, times the other's mean; and the variance of the product."""
    c = 0.37
    one = 2 * math.exp(-c * c / 2) / math.sqrt(2 * math.pi) + c * math.erf(c / math.sqrt(2))
    m = found(lambda b: np.abs(b[:, 0] - c) * np.abs(b[:, 1] - c), NORMAL, NORMAL)
    assert m.mean[0] == pytest.approx(one**2, rel=1e-9)
    assert m.variance[0] == pytest.approx((1 + c * c) ** 2 - one**4, rel=1e-7)


def test_a_rounding_down_beside_another() -> None:
    """Geometric variables, ``floor(e/lam)``, whose steps are without end."""
    lam = 1.3
    q = math.exp(-lam)
    mean, square = q / (1 - q), q * (1 + q) / (1 - q) ** 2
    m = found(lambda b: (np.floor(b[:, 0] / lam) - np.floor(b[:, 1] / lam)) ** 2, EXPONENTIAL, EXPONENTIAL)
    assert m.mean[0] == pytest.approx(2 * (square - mean**2), rel=1e-7)


def test_beside_a_finite_draw() -> None:
    m = found(
        lambda b: (b[:, 1] < 0.37) * (b[:, 0] + 1) * (b[:, 2] > 0.6), Axis("finite", 2), UNIFORM, UNIFORM
    )
    assert m.mean[0] == pytest.approx(0.37 * 1.5 * 0.4, rel=1e-8)


def test_a_break_in_the_wrong_place_would_be_seen() -> None:
    m = found(lambda b: (b[:, 0] < 0.37) * 1.0 * (b[:, 1] < 0.6), UNIFORM, UNIFORM)
    assert abs(m.mean[0] - 0.37 * 0.6001) > m.mean_error[0]
