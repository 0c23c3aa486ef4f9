"""E-processes: the inequality that they stand on, their expectation, their false alarms and their power."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import student
from checks.evidence.arrays import Array
from checks.evidence.catoni import Accepter, Refuter, bet_sizes, interval, narrow, wide
from checks.evidence.plan import BATCHES, COST, Rates, plan, resolution, seed_of

FUNCTIONS = [pytest.param(narrow, id="narrow"), pytest.param(wide, id="wide")]
ALPHA, BETA = 1e-3, 1e-3
RUNS = 20_000


@pytest.mark.parametrize("phi", FUNCTIONS)
@given(x=st.floats(min_value=-1e6, max_value=1e6))
def test_the_inequality(phi: object, x: float) -> None:
    value = float(phi(np.array([x]))[0])  # type: ignore[operator]
    # exp(phi(x)) <= 1 + x + x**2/2, and the same for -x since phi is odd; rounding of a logarithm.
    assert value <= math.log1p(x + x * x / 2) + 1e-12
    assert value == pytest.approx(-float(phi(np.array([-x]))[0]), abs=0.0)  # type: ignore[operator]


@given(x=st.floats(min_value=0.01, max_value=10.0))
def test_the_identity_would_break_it(x: float) -> None:
    assert x > math.log1p(x + x * x / 2)


@pytest.mark.parametrize("phi", FUNCTIONS)
@given(x=st.floats(min_value=-50.0, max_value=50.0), step=st.floats(min_value=0.0, max_value=5.0))
def test_monotone(phi: object, x: float, step: float) -> None:
    low, high = phi(np.array([x, x + step]))  # type: ignore[operator]
    assert low <= high


@given(
    p=st.floats(min_value=1e-4, max_value=0.9999),
    spread=st.floats(min_value=0.0, max_value=1.0),
    batches=st.integers(min_value=1, max_value=1000),
)
def test_an_e_value_is_at_most_one_in_expectation(p: float, spread: float, batches: int) -> None:
    # Two points with mean 0 and variance spread**2 <= 1, as skewed as p makes them: enumerated.
    points = spread * np.array([math.sqrt((1 - p) / p), -math.sqrt(p / (1 - p))])
    e = [math.exp(Refuter(1, bet_sizes(batches, ALPHA)).add(np.array([x]))[0]) for x in points]
    assert p * e[0] + (1 - p) * e[1] <= 1 + 1e-12


def test_a_bias_makes_it_grow() -> None:
    refuter = Refuter(1, bet_sizes(64, 1e-6))
    logs = [refuter.add(np.array([1.0]))[0] for _ in range(64)]
    assert logs[-1] > math.log(1e6)
    assert np.all(np.diff(logs) > 0)


def first(logs: list[Array], level: float) -> Array:
    """The batch at which each run passes ``level``, or one more than there are."""
    passed = np.array(logs) >= level
    return np.where(passed.any(0), passed.argmax(0), len(logs))


def batch_means(law: str, generator: np.random.Generator) -> Array:
    """``[BATCHES, RUNS]`` of mean 0 and variance 1: means of few draws, so that they are far from normal."""
    if law == "normal":
        return generator.standard_normal((BATCHES, RUNS))
    if law == "bernoulli":  # skewness 9.9 per draw, means of 4
        return (generator.binomial(4, 0.01, (BATCHES, RUNS)) - 0.04) / math.sqrt(4 * 0.01 * 0.99)
    draws = generator.standard_t(2.5, (BATCHES, RUNS))
    return draws / math.sqrt(5.0)


@pytest.mark.parametrize("law", ["normal", "bernoulli", "student t 2.5"])
def test_false_alarms_stay_below_the_stated_rate(law: str) -> None:
    u = batch_means(law, np.random.default_rng(20))
    refuter = Refuter(RUNS, bet_sizes(BATCHES, ALPHA))
    alarms = np.zeros(RUNS, dtype=bool)
    for row in u:
        alarms |= refuter.add(row) >= math.log(1 / ALPHA)
    # By theorem at most 20 of 20,000 expected; 45 or more has probability 1e-6 at that rate.
    assert alarms.sum() < 45


def test_an_anytime_z_test_would_not_stay_below_it() -> None:
    u = batch_means("normal", np.random.default_rng(20))
    z = np.abs(np.cumsum(u, axis=0)) / np.sqrt(np.arange(1, BATCHES + 1))[:, None]
    assert (z >= 3.2905).any(0).sum() > 100  # the two-sided point of 1e-3, looked at after every batch


@pytest.mark.parametrize(("bias", "at_least", "runs"), [(1.0, 0.999, RUNS), (2.0, 1.0, 2000)])
def test_power(bias: float, at_least: float, runs: int) -> None:
    margin = math.sqrt(COST / BATCHES)
    u = batch_means("normal", np.random.default_rng(3))[:, :runs] + bias * margin
    refuter, accepter = Refuter(runs, bet_sizes(BATCHES, 1e-6)), Accepter(np.full(runs, margin / 1.01))
    against, support = [], []
    for row in u:
        against.append(refuter.add(row))
        support.append(accepter.add(row / 1.01))
    refuted, accepted = first(against, math.log(1e6)), first(support, math.log(1 / BETA))
    # Measured 0.9997 at a bias of delta; 20,000 runs tell 0.999 from that with probability 1 - 1e-6.
    assert (refuted < np.minimum(accepted, BATCHES)).mean() >= at_least


def test_a_right_estimator_agrees_within_the_plan() -> None:
    margin = math.sqrt(COST / BATCHES)
    accepter = Accepter(np.full(RUNS, margin / 1.01))
    support = [accepter.add(row / 1.01) for row in batch_means("normal", np.random.default_rng(4))]
    taken = first(support, math.log(1 / BETA))
    assert (taken < BATCHES).mean() > 0.999
    assert 40 < taken.mean() < 70  # 22 to 25 variance / delta**2


def test_no_acceptance_of_a_bias_beyond_the_margin() -> None:
    margin = math.sqrt(COST / BATCHES)
    accepter = Accepter(np.full(RUNS, margin))
    u = batch_means("bernoulli", np.random.default_rng(5)) + margin
    accepted = np.zeros(RUNS, dtype=bool)
    for row in u:
        accepted |= accepter.add(row) >= math.log(1 / BETA)
    assert accepted.sum() < 45  # as above: at most 20 expected


def test_the_interval_holds_the_mean_and_shrinks() -> None:
    u = np.random.default_rng(6).standard_normal((256, 3)) + np.array([0.0, 5.0, -300.0])
    ends = [interval(u[:k], bet_sizes(256, 1e-3), 1e-3) for k in (32, 256)]
    for low, high in ends:
        assert np.all((low < [0.0, 5.0, -300.0]) & (high > [0.0, 5.0, -300.0]))
    assert np.all(ends[1][1] - ends[1][0] < ends[0][1] - ends[0][0])
    refuter = Refuter(3, bet_sizes(256, 1e-3))
    for row in u - ends[1][1]:
        logs = refuter.add(row)
    np.testing.assert_allclose(logs, math.log(1000.0), rtol=1e-6)


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_too_few_batches_bound_nothing(batches: int) -> None:
    low, high = interval(np.zeros((batches, 2)), bet_sizes(256, 1e-3), 1e-3)
    assert np.isinf(low).all()
    assert np.isinf(high).all()


def test_the_t_test_keeps_its_rate_on_normal_means() -> None:
    u = 7.0 * batch_means("normal", np.random.default_rng(8))[:64, :5000]
    alarms = np.zeros(5000, dtype=bool)
    for k in range(8, 65):
        alarms |= student.log_evidence(u[:k], np.full(5000, 0.5)) >= math.log(1 / ALPHA)
    assert alarms.sum() < 20  # at most 5 expected; 20 or more has probability 1e-7
    shifted = student.log_evidence(u[:64] + 7.0, np.full(5000, 0.5))
    assert (shifted >= math.log(1 / ALPHA)).mean() > 0.99


def test_the_t_test_waits_for_a_scale() -> None:
    assert student.log_evidence(np.full((7, 1), 100.0), np.ones(1)).tolist() == [0.0]


def test_batches_for_skewed_estimators() -> None:
    assert student.batch_for_skew(np.array([0.0, 10.0])) == 1100


def test_the_plan_counts_the_hardest_coordinate() -> None:
    delta = resolution(np.array([1.0, 0.0]), np.array([9.0, 4.0]), 0.01)
    assert delta.tolist() == pytest.approx([0.01, 0.002])
    planned = plan(np.array([9.0, 4.0]), delta, Rates())
    assert planned.batch == math.ceil(COST * 4.0 / 0.002**2 / BATCHES)
    assert plan(np.array([0.0]), np.array([0.01]), Rates()).batch == 64


def test_seeds_do_not_collide_and_depend_on_everything() -> None:
    seeds = [seed_of(0, "reparam/normal", b) for b in range(5000)]
    assert len(set(seeds)) == 5000
    assert all(0 <= s < 2**32 for s in seeds)
    starts = {seed_of(seed, name, 0) for seed in range(20) for name in ("a", "b", "c")}
    assert len(starts) == 60
    assert seed_of(3, "a", 7) == (seed_of(3, "a", 0) + 7) % 2**32
