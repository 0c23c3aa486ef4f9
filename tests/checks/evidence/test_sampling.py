"""The sequential test: right estimators agree, wrong ones are refuted, the same seed gives the same bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from checks.evidence.sampling import Claim, NonFinite, Sampling, draw, judge

MU, SIGMA = 0.7, 1.3
GRADIENT = np.array([2 * MU, 2 * SIGMA])
# Pathwise for a**2 under Normal(mu, sigma): 2 a and 2 a b.
VARIANCE = np.array([4 * SIGMA**2, 4 * MU**2 + 8 * SIGMA**2])
# Fourth central moments: of 2 sigma b, and of 2 mu b + 2 sigma b**2 (catalogue of normal moments).
FOURTH = np.array([48 * SIGMA**4, 48 * MU**4 + 960 * MU**2 * SIGMA**2 + 960 * SIGMA**4])
OWN = Claim(GRADIENT, VARIANCE, FOURTH)


def pathwise(scale: float = 1.0, spread: float = 1.0) -> Callable[[int, Generator], Tensor]:
    """The estimator, its result multiplied by ``scale``, its spread about the mean by ``spread``."""

    def run(n: int, generator: Generator) -> Tensor:
        b = torch.randn(n, generator=generator, dtype=torch.float64)
        rows = torch.stack([2 * (MU + SIGMA * b), 2 * (MU + SIGMA * b) * b], dim=-1)
        centre = torch.from_numpy(GRADIENT)
        return scale * (centre + spread * (rows - centre))

    return run


def test_the_fourth_moments_are_right() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    rows = np.stack([2 * (MU + SIGMA * nodes), 2 * (MU + SIGMA * nodes) * nodes])
    found = (rows - GRADIENT[:, None]) ** 4 @ weights / weights.sum()
    np.testing.assert_allclose(found, FOURTH, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_right_one_agrees(seed: int) -> None:
    # Refuted with probability below 1e-6 by theorem; undecided with probability below 1e-3 per seed, and
    # these five are decided.
    seen = judge(pathwise(), GRADIENT, OWN, "test", relative=0.01, seed=seed)
    assert (seen.judgement, seen.own) == ("agrees", "agrees")
    assert seen.spread == "undecided"
    assert not seen.asymptotic
    assert np.all((seen.lower < GRADIENT) & (seen.upper > GRADIENT))
    np.testing.assert_allclose(seen.estimate, GRADIENT, rtol=0.01)
    np.testing.assert_allclose(seen.variance, VARIANCE, rtol=0.05)


@pytest.mark.parametrize("factor", [1.03, 0.97, -1.0, 0.0])
def test_a_wrong_one_is_refuted(factor: float) -> None:
    seen = judge(pathwise(factor), GRADIENT, OWN, "test", relative=0.01)
    assert seen.judgement == "refuted"


def test_a_biased_one_shows_its_own_mean() -> None:
    own = Claim(1.1 * GRADIENT, 1.21 * VARIANCE, 1.1**4 * FOURTH)
    seen = judge(pathwise(1.1), GRADIENT, own, "test", relative=0.01)
    assert (seen.judgement, seen.own, seen.spread) == ("refuted", "agrees", "undecided")


def test_a_biased_one_that_is_wrong_in_another_way() -> None:
    own = Claim(1.2 * GRADIENT, 1.21 * VARIANCE)
    seen = judge(pathwise(1.1), GRADIENT, own, "test", relative=0.01)
    assert (seen.judgement, seen.own) == ("refuted", "refuted")


def test_another_spread_is_noticed_and_is_not_a_bias() -> None:
    seen = judge(pathwise(spread=1.25), GRADIENT, OWN, "test", relative=0.01)
    assert seen.spread == "refuted"


def same(one: Sampling, two: Sampling) -> bool:
    left, right = (asdict(s) for s in (one, two))
    return all(np.array_equal(np.asarray(left[k]), np.asarray(right[k])) for k in left if k != "plan")


def test_the_same_seed_gives_the_same_bits() -> None:
    one, two, other = (judge(pathwise(), GRADIENT, OWN, "test", relative=0.02, seed=s) for s in (1, 1, 2))
    assert same(one, two)
    assert not same(one, other)


def test_another_identity_gives_other_draws() -> None:
    one, two = (judge(pathwise(), GRADIENT, OWN, name, relative=0.02) for name in ("one", "two"))
    assert not np.array_equal(one.estimate, two.estimate)


def test_the_number_of_threads_does_not_matter() -> None:
    threads = torch.get_num_threads()
    try:
        found = []
        for n in (1, 2):
            torch.set_num_threads(n)
            found.append(draw(pathwise(), 100_000, 9))
    finally:
        torch.set_num_threads(threads)
    assert np.array_equal(found[0].mean, found[1].mean)
    assert np.array_equal(found[0].variance, found[1].variance)


def test_a_batch_has_the_moments_of_its_rows() -> None:
    made = draw(pathwise(), 70_000, 3)
    generator = torch.Generator().manual_seed(3)
    rows = torch.cat([pathwise()(n, generator) for n in (32768, 32768, 70_000 - 65536)])
    np.testing.assert_allclose(made.mean, rows.mean(0), rtol=1e-12)
    np.testing.assert_allclose(made.variance, rows.var(0), rtol=1e-11)


def constant(value: float) -> Callable[[int, Generator], Tensor]:
    return lambda n, generator: torch.full((n, 1), value, dtype=torch.float64)


@pytest.mark.parametrize(("value", "judgement"), [(2.0, "agrees"), (2.001, "refuted")])
def test_an_estimator_without_spread(value: float, judgement: str) -> None:
    seen = judge(constant(value), np.array([2.0]), Claim(np.array([2.0]), np.zeros(1)), "constant")
    assert seen.judgement == judgement
    assert seen.samples == 64


def test_a_claimed_constant_that_varies_is_refuted() -> None:
    run = lambda n, g: pathwise()(n, g)[:, :1]  # noqa: E731
    assert judge(run, GRADIENT[:1], Claim(GRADIENT[:1], np.zeros(1)), "test").judgement == "refuted"


def test_the_budget_ends_it_undecided() -> None:
    seen = judge(pathwise(), GRADIENT, OWN, "test", relative=0.005, seconds=0.0)
    assert seen.judgement == "undecided"
    assert seen.samples == seen.plan.batch
    assert np.isinf(seen.upper).all()


def test_half_the_resolution_is_not_refuted_as_if_it_were_more() -> None:
    # A bias of a tenth of delta: agrees (probability of a refusal below 1e-6).
    assert judge(pathwise(1.001), GRADIENT, OWN, "test", relative=0.01).judgement == "agrees"


def test_nan_is_reported() -> None:
    bad = lambda n, g: torch.full((n, 2), math.nan)  # noqa: E731
    with pytest.raises(NonFinite, match="not finite"):
        judge(bad, GRADIENT, OWN, "test")
    with pytest.raises(NonFinite, match="pilot"):
        judge(bad, GRADIENT, Claim(GRADIENT, None), "test")


@pytest.mark.parametrize(("factor", "judgement"), [(1.0, "agrees"), (1.05, "refuted"), (-1.0, "refuted")])
def test_without_a_known_variance(factor: float, judgement: str) -> None:
    seen = judge(pathwise(factor), GRADIENT, Claim(GRADIENT, None), "test", relative=0.01)
    assert seen.asymptotic
    assert seen.judgement == judgement


@pytest.mark.parametrize(("value", "judgement"), [(0.0, "agrees"), (1e-6, "refuted")])
def test_a_constant_beside_what_varies_without_a_known_variance(value: float, judgement: str) -> None:
    """A path that cancels gives zero every time: no spread, and nothing to wait for."""

    def run(n: int, generator: Generator) -> Tensor:
        return torch.cat([torch.full((n, 1), value, dtype=torch.float64), pathwise()(n, generator)[:, 1:]], 1)

    gradient = np.array([0.0, GRADIENT[1]])
    seen = judge(run, gradient, Claim(gradient, None), "test", relative=0.05)
    assert (seen.asymptotic, seen.judgement) == (True, judgement)
    assert seen.plan.delta[0] == pytest.approx(1e-12)
