"""The simulated plan: what must hold of it by arithmetic, and that tasks give the same on any engine."""

from __future__ import annotations

import pytest

from checks.engines import Here, Processes
from tests.benchmarks import scale
from tests.benchmarks._plan import HOURS_BETWEEN_FAILURES, Costs, simulate

COSTS = Costs(seconds=1.0, overhead=0.0, start=0.0, spread=0.0, memory=0.0, sent=0.0, received=0.0)
LONG = 3600.0 * HOURS_BETWEEN_FAILURES


def of(**changed: float) -> Costs:
    return Costs(**{**{k: getattr(COSTS, k) for k in COSTS.__dataclass_fields__}, **changed})


def test_tasks_of_one_second_take_their_number_over_the_processors() -> None:
    assert simulate(COSTS, 64, 2, 4).wall == pytest.approx(8.0)
    assert simulate(COSTS, 65, 2, 4).wall == pytest.approx(9.0)
    assert simulate(COSTS, 64, 2, 4).busy == pytest.approx(1.0)
    assert simulate(of(start=3.0), 64, 2, 4).wall == pytest.approx(11.0)


def test_a_slow_scheduler_is_what_many_processors_wait_for() -> None:
    seen = simulate(of(overhead=0.1), 1000, 4, 16)
    assert seen.wall == pytest.approx(100.0 + 1.0)
    assert seen.busy == pytest.approx(1000.0 / (seen.wall * 64))


def test_lost_machines_are_paid_for_and_nothing_is_lost() -> None:
    tasks, machines, cores = 4000, 10, 2
    seen = simulate(of(seconds=LONG / 100), tasks, machines, cores)
    # About one failure in LONG of each machine; every one hits the tasks of both processors.
    assert seen.failures == pytest.approx(machines * seen.wall / LONG, rel=0.6)
    assert seen.failures <= seen.lost <= cores * seen.failures
    ideal = tasks * LONG / 100 / (machines * cores)
    assert ideal < seen.wall < 1.1 * ideal
    assert seen == simulate(of(seconds=LONG / 100), tasks, machines, cores)
    assert seen != simulate(of(seconds=LONG / 100), tasks, machines, cores, seed=1)


def test_tasks_are_enlarged_until_the_scheduler_keeps_up() -> None:
    cost, size = scale._enlarged(of(overhead=0.01, spread=0.3), 10, 1000)
    assert (cost.seconds, size) == (20.0, 200)
    assert scale._enlarged(of(overhead=0.01), 10, 2)[1] == 10
    assert simulate(cost, 5000, 10, 100).busy > 0.8
    assert simulate(of(overhead=0.01), 100_000, 10, 100).busy < 0.2


def test_another_process_gives_the_same_bits() -> None:
    tasks = [(i, 2) for i in range(3)]
    with Here() as here, Processes(1) as other:
        assert scale._all(here, scale.sampled, tasks) == scale._all(other, scale.sampled, tasks)
    assert scale.sampled(0, 2) != scale.sampled(1, 2)


def test_the_moments_are_those_of_the_score_function() -> None:
    """Of E[a**2] at mu = 7/10, sigma = 13/10: 2 mu and 2 sigma, within 6 standard errors of 2**20 samples."""
    sums = scale.sampled(3, 32)
    n = 32 * scale.CHUNK
    mean, second = (sums[0] / n, sums[1] / n), (sums[2] / n, sums[5] / n)
    for found, wanted, square in zip(mean, (1.4, 2.6), second):
        assert abs(found - wanted) < 6.0 * ((square - found**2) / n) ** 0.5


def test_sizes_are_powers_of_two() -> None:
    assert scale._power(1.0) == 1 << 15
    assert scale._power(100_000.0) == 1 << 17
