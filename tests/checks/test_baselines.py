"""Baselines: exact variances against published closed forms, and what no baseline mends."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from checks.estimators import ESTIMATORS
from checks.prove import Request, prove
from derive.proof import StatisticProof
from tests.checks.proofs import expectation_of

BASELINES = ("constant_baseline", "mean_baseline", "optimal_baseline", "leave_one_out")


def statistics(family: str, integrand: str, *names: str, **more: object) -> dict[str, StatisticProof]:
    return prove(Request(family, integrand, estimators=names, **more)).statistics  # type: ignore[arg-type]


def test_the_mean_is_not_always_a_good_baseline() -> None:
    """E[cos(a/2)] under normal(7/10, 13/10) by sigma; values to 18 digits from 40-digit quadrature."""
    found = statistics("normal", "cos(a/2)", "score_function", *BASELINES)
    variance = {name: s.variance["sigma"] for name, s in found.items()}
    assert variance["score_function"] == pytest.approx(0.34556500425267749, rel=1e-14)
    assert variance["mean_baseline"] == pytest.approx(0.695647248870956331, rel=1e-14)
    assert found["mean_baseline"].constants["mean"] == pytest.approx(0.760489515853478061, rel=1e-15)
    assert found["optimal_baseline"].constants["sigma"] == pytest.approx(0.185751940776949058, rel=1e-14)


def test_variance_is_a_parabola_in_the_baseline() -> None:
    """Var_b - Var_best = (b - best)^2 E[s^2] with E[s_mu^2] = 1/sigma^2 for a normal law."""
    found = statistics("normal", "a**2", "optimal_baseline", "mean_baseline", "score_function")
    best = found["optimal_baseline"].constants["mu"]
    mean = found["mean_baseline"].constants["mean"]
    for name, baseline in (("mean_baseline", mean), ("score_function", 0.0)):
        gap = found[name].variance["mu"] - found["optimal_baseline"].variance["mu"]
        assert gap == pytest.approx((baseline - best) ** 2 / 1.69, rel=1e-12)


@pytest.mark.parametrize("copies", [2], ids=["N=2"])
def test_leave_one_out_has_the_variance_of_a_sample_covariance(copies: int) -> None:
    """Bernoulli logits: p q delta^2 (N (1-2p)^2 + 6 p q - 1)/(N (N-1)) with p = sigmoid of the point."""
    proof = prove(Request("bernoulli_logits", "(a - 9/20)**2", estimators=("leave_one_out",)))
    q = 1.0 / (1.0 + math.exp(Fraction(proof.at["logits"])))
    p, delta = 1.0 - q, 1.0 - 2 * 0.45
    wanted = p * q * delta**2 * (copies * (1 - 2 * p) ** 2 + 6 * p * q - 1) / (copies * (copies - 1))
    assert proof.statistics["leave_one_out"].variance["logits"] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("name", BASELINES)
def test_no_baseline_mends_a_support_that_moves(name: str) -> None:
    refusal = ESTIMATORS[name].refuses(expectation_of("uniform", "a**2"))
    assert refusal is not None
    assert "the support of uniform moves" in refusal


def test_a_score_that_is_zero_has_no_best_baseline() -> None:
    made = expectation_of("normal", "c*a", ("c",), {"c": "3"})
    refusal = ESTIMATORS["optimal_baseline"].refuses(made)
    assert refusal == "the law does not depend on c: its score is zero, and no baseline is the best"
