"""Smooth functions of Gumbel noise in two and three draws: exact moments, honest errors, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from checks.draws import exponentials, uniforms
from checks.evidence.arrays import Array
from checks.evidence.doubly import doubly_moments, is_settled
from checks.evidence.exact import NoExactEvidence, examine
from checks.evidence.quadrature import Axis

EULER = 0.5772156649015329


def differences(base: Array) -> tuple[Array, Array]:
    """``G_0 - G_1`` of exponential draws, which is logistic, and a sigmoid of it."""
    d = -np.log(base[:, 0]) + np.log(base[:, 1])
    return np.column_stack([d, 1 / (1 + np.exp(-d))]), np.ones(len(base))


@pytest.mark.parametrize("count", [2, 3])
def test_the_difference_of_gumbel_draws_is_logistic(count: int) -> None:
    found = doubly_moments(differences, [Axis("exponential")] * count, None)
    assert found is not None
    assert found.mean == pytest.approx([0.0, 0.5], abs=1e-8)
    assert found.variance == pytest.approx([np.pi**2 / 3, 1 / 12], rel=1e-7)
    assert is_settled(found)


def test_a_gumbel_draw_beside_a_coin_and_a_uniform_draw() -> None:
    """The mean of ``G + k u`` is Euler's constant plus a quarter; finite draws are enumerated."""

    def values(base: Array) -> tuple[Array, Array]:
        g, k, u = -np.log(base[:, 0]), base[:, 1], base[:, 2]
        return (g + k * u)[:, None], np.full(len(base), 0.5)

    found = doubly_moments(values, [Axis("exponential"), Axis("finite", 2), Axis("uniform")], None)
    assert found is not None
    assert found.mean == pytest.approx([EULER + 0.25], abs=1e-9)
    # E[k u]**2 = 1/16 and E[(k u)**2] = 1/6.
    assert found.variance == pytest.approx([np.pi**2 / 6 + 1 / 6 - 1 / 16], rel=1e-8)


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.7, 1.1, 1.6])
def test_a_jump_is_not_believed(shift: float) -> None:
    """An argmax of three draws: the rules differ, or do not draw nearer."""

    def winner(base: Array) -> tuple[Array, Array]:
        scores = -np.log(base) + np.array([shift, 0.0, -0.4])
        return (scores.argmax(1) == 0).astype(float)[:, None], np.ones(len(base))

    assert doubly_moments(winner, [Axis("exponential")] * 3, None) is None


def test_one_draw_is_left_to_the_adaptive_rules() -> None:
    assert doubly_moments(differences, [Axis("exponential")], None) is None


def test_code_with_three_gumbel_draws_is_replayed() -> None:
    def softmax(n: int, generator: Generator) -> Tensor:
        g = -torch.log(exponentials((n, 3), generator))
        return torch.softmax(g, -1)[:, :2]

    found = examine(softmax, 2)
    assert found.moments.mean == pytest.approx([1 / 3, 1 / 3], abs=1e-8)
    assert "3-dimensional" in found.describe()


def test_code_with_a_jump_in_three_draws_is_left_to_samples() -> None:
    def first(n: int, generator: Generator) -> Tensor:
        u = uniforms((n, 3), generator)
        return (u.argmax(-1) == 0).to(torch.float64)[:, None]

    with pytest.raises(NoExactEvidence, match="it is not a smooth function of its 3 continuous draws"):
        examine(first, 1)
