"""The large sum: both ways to its gradient are right, and its rows say what was measured."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from checks.environment.commands import cost
from checks.environment.cost import Choices, Row, crossover, rows


@pytest.mark.parametrize(("actions", "steps"), [(2, 1), (2, 6), (3, 4), (5, 3), (4, 9)])
def test_the_sum_is_the_closed_form(actions: int, steps: int) -> None:
    choices = Choices(actions, steps)
    # A sum of up to 262144 doubles.
    assert choices.exact() == pytest.approx(choices.closed_form(), rel=1e-11)


def test_the_closed_form_is_the_slope_of_the_objective() -> None:
    choices = Choices(3, 4)

    def objective(move: float) -> float:
        logits = np.sin(np.arange(1.0, 4.0)) + move * np.array([0.0, 0.0, 1.0])
        p = np.exp(logits) / np.exp(logits).sum()
        v = choices.values
        return float((p @ v**2 - (p @ v) ** 2) / 4 + (p @ v) ** 2)

    slope = (objective(1e-5) - objective(-1e-5)) / 2e-5
    assert slope == pytest.approx(choices.closed_form(), rel=1e-8)  # h**2 and rounding by h


def test_sampling_has_the_same_mean() -> None:
    """200000 samples within six standard errors, a false alarm of 2e-9; the doubled gradient is not."""
    choices, n = Choices(4, 3), 200_000
    mean, variance = choices.sampled(n, np.random.default_rng(1))
    error = (variance / n) ** 0.5
    assert abs(mean - choices.closed_form()) < 6 * error
    assert abs(mean - 2 * choices.closed_form()) > 6 * error


def test_rows_grow_until_they_are_hopeless() -> None:
    found = list(rows(actions=64, seconds=0.2, error=0.1))
    assert [row.terms for row in found] == [64**row.steps for row in found]
    assert found[0].exact_measured
    assert not found[-1].exact_measured
    assert found[-1].cheaper == "sampling"
    assert crossover(found) is not None
    last = [row.exact_seconds for row in found if not row.exact_measured]
    assert last == sorted(last)


def row(steps: int, exact: float, sampling: float) -> Row:
    return Row(steps, 4**steps, exact, True, 10, sampling, True)


def test_the_crossover_is_where_the_sum_is_never_cheaper_again() -> None:
    assert crossover([row(1, 0.1, 0.2), row(2, 0.3, 0.2), row(3, 0.1, 0.2), row(4, 9.0, 0.2)]) == 4
    assert crossover([row(1, 0.1, 0.2)]) is None
    assert crossover([row(1, 0.3, 0.2)]) == 1


def test_the_command() -> None:
    runner = CliRunner()
    done = runner.invoke(
        cost, ["--actions", "64", "--seconds", "0.2s", "--error", "10%"], standalone_mode=False
    )
    assert done.exit_code == 0
    assert "exact sum" in done.output
    done = runner.invoke(cost, ["--actions", "64", "--seconds", "0.2", "--error", "0.1", "--json"])
    data = json.loads(done.output)
    assert data["actions"] == 64
    assert {"steps", "terms", "exact_seconds", "samples", "sampling_seconds", "cheaper"} <= set(
        data["rows"][0]
    )
