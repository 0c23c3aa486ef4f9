"""Batches of rows written out: they have the law of the code's batches, and give way where rows differ."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from checks.estimators import ESTIMATORS
from checks.evidence.plan import SMALLEST_BATCH
from checks.evidence.sampling import draw
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.vectorised import written
from checks.vectorised.batches import SHARE, Batches, Differs, batches_of, of_counts
from derive.proof import Proof


def proof_of(family: str, integrand: str, estimator: str = "score_function") -> Proof:
    return prove(Request(family, integrand, estimators=(estimator,)))


def batches(proof: Proof, name: str = "score_function") -> Batches:
    problem = Problem(proof, proof.statistics[name].constants)
    made = batches_of(ESTIMATORS[name], problem, lambda n, g: ESTIMATORS[name].estimate(problem, n, g))
    assert made is not None
    return made


def test_counts_give_the_moments_of_the_rows_they_stand_for() -> None:
    table = np.array([[1.0, -2.0], [0.5, 3.0], [4.0, 0.25]])
    counts = np.array([3.0, 0.0, 5.0])
    rows = np.repeat(table, counts.astype(int), axis=0)
    found = of_counts(counts, table)
    np.testing.assert_allclose(found.mean, rows.mean(0), rtol=1e-14)
    np.testing.assert_allclose(found.variance, rows.var(0, ddof=1), rtol=1e-13)


def test_counts_have_the_law_of_the_codes_batches() -> None:
    made = batches(proof_of("categorical", "table(1, 2, 5)"))
    assert made.masses is not None
    n, calls = 1_000, 200
    statistic = made.masses @ made.rows.table.numpy()  # type: ignore[union-attr]  # a table there is
    spread = np.sqrt(made.masses @ (made.rows.table.numpy() - statistic) ** 2 / n)  # type: ignore[union-attr]
    means = np.array([made(n, seed).mean for seed in range(calls)])
    # Means of 200 means: false-fail 2 * 3 * P(Z > 6) = 6e-9 each for the mean, and for the variance
    # of the means, whose relative error is sqrt(2/200) = 0.1, at six of those.
    assert (np.abs(means.mean(0) - statistic) < 6.0 * spread / math.sqrt(calls)).all()
    assert (np.abs(means.var(0) / spread**2 - 1.0) < 6.0 * math.sqrt(2.0 / calls)).all()
    own = np.array([draw(made.run, n, seed).mean for seed in range(calls)])
    assert (np.abs(own.var(0) / means.var(0) - 1.0) < 6.0 * math.sqrt(4.0 / calls)).all()


def test_counts_of_a_wrong_law_are_noticed() -> None:
    made = batches(proof_of("categorical", "table(1, 2, 5)"))
    made.masses = np.array([0.3, 0.2, 0.5])
    table = made.rows.table
    assert table is not None
    exact = np.array([0.3, 0.1, 0.6]) @ table.numpy()
    assert np.abs(made(100_000, 0).mean - exact).max() > 0.5


def test_continuous_batches_are_those_of_the_code_to_rounding() -> None:
    made = batches(proof_of("normal", "a**2"))
    assert made.masses is None
    made.rows = replace(made.rows, numbers=None)
    mine, own = made(3_000, 5), draw(made.run, 3_000, 5)
    np.testing.assert_allclose(mine.mean, own.mean, rtol=1e-12)
    np.testing.assert_allclose(mine.variance, own.variance, rtol=1e-12)


@pytest.mark.parametrize("family", ["normal", "exponential", "logistic", "weibull"])
def test_faster_numbers_have_the_law_of_the_noise(family: str) -> None:
    proof = proof_of(family, "a**2")
    made = batches(proof)
    found = made(400_000, 3)
    exact = np.array([proof.exact[name] for name in proof.wrt])
    stated = np.array([proof.statistics["score_function"].variance[name] for name in proof.wrt])
    # Six standard errors: false-fail 2e-9 a coordinate; the variance of heavy-tailed rows is only near.
    assert (np.abs(found.mean - exact) < 6.0 * np.sqrt(stated / 400_000)).all()
    assert (np.abs(found.variance / stated - 1.0) < 0.3).all()


def test_numbers_of_a_wrong_law_are_noticed() -> None:
    proof = proof_of("normal", "a**2")
    made = batches(proof)
    made.rows = replace(made.rows, numbers=lambda n, rng: 1.05 * torch.from_numpy(rng.standard_normal(n)))
    found = made(400_000, 3)
    stated = proof.statistics["score_function"].variance["sigma"]
    assert stated is not None
    assert abs(found.mean[1] - proof.exact["sigma"]) > 6.0 * math.sqrt(stated / 400_000)


def test_every_batch_is_held_against_the_code() -> None:
    made = batches(proof_of("normal", "a**2"))
    made(100, 0)
    assert made.held == SMALLEST_BATCH
    made(SHARE * 1_000, 1)
    assert made.held == SMALLEST_BATCH + 1_000


def test_code_that_differs_in_few_rows_is_seen() -> None:
    made = batches(proof_of("normal", "a**2"))
    run = made.run
    made.run = lambda n, g: run(n, g) * (torch.arange(n) != 40).to(torch.float64)[:, None]
    with pytest.raises(Differs, match="not those of the code"):
        made(1_000, 0)


def checked(proof: Proof, family: str, integrand: str) -> tuple[str, str]:
    spec = CheckSpec("score-function", family, integrand, "score_function")
    verdict = run_check(spec, proof, Options(evidence="sampling", resolution=0.1)).verdict
    return verdict.outcome, verdict.reason


CASES = [("normal", "a**2"), ("categorical", "table(1, 2, 5)")]


@pytest.mark.parametrize(("family", "integrand"), CASES, ids=[f for f, _ in CASES])
def test_a_verdict_says_that_rows_were_written_out(family: str, integrand: str) -> None:
    outcome, reason = checked(proof_of(family, integrand), family, integrand)
    assert outcome == "agrees"
    assert "written out, and held against the code at" in reason


def test_where_rows_differ_the_code_itself_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    doubled = written.WRITTEN["pathwise"]
    monkeypatch.setitem(written.WRITTEN, "score_function", doubled)  # right in the mean, and other rows
    outcome, reason = checked(proof_of("normal", "a**2"), "normal", "a**2")
    assert outcome == "agrees"
    assert "the rows written out are not those of the code" in reason


def test_a_biased_code_is_refuted_although_its_formula_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = ESTIMATORS["score_function"]
    right = estimator.estimate
    object.__setattr__(estimator, "estimate", lambda p, n, g: 2.0 * right(p, n, g))
    try:
        outcome, _ = checked(proof_of("normal", "a**2"), "normal", "a**2")
    finally:
        object.__setattr__(estimator, "estimate", right)
    assert outcome == "refuted"
