"""Local expectation gradients: exact moments by enumeration, Rao and Blackwell, the code, and its twin."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product

import pytest

from checks.estimators import ESTIMATORS
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Point = tuple[tuple[str, str], ...]
NAMES = ("local_expectation", "derivative_of_log_odds", "score_function")


@cache
def proved(family: str, integrand: str, at: Point = ()) -> Proof:
    return prove(Request(family, integrand, at, None, NAMES, covariance=True))


def cost(a: tuple[int, ...]) -> int:
    return a[0] * a[1] * a[2] + 2 * a[1] + a[0] * (1 - a[2])


INTEGRAND = "a[0]*a[1]*a[2] + 2*a[1] + a[0]*(1 - a[2])"


@pytest.mark.parametrize("at", [("2/7", "3/5", "1/6"), ("1/2", "4/5", "1/3")], ids=lambda p: ",".join(p))
def test_moments_are_those_of_eight_outcomes(at: tuple[str, str, str]) -> None:
    p = [Fraction(v) for v in at]
    stated = proved(
        "bernoulli_product", INTEGRAND, tuple((f"p[{i}]", v) for i, v in enumerate(at))
    ).statistics
    for i in range(3):
        first = second = Fraction(0)
        for a in product((0, 1), repeat=3):
            mass = Fraction(1)
            for shows, x in zip(a, p, strict=True):
                mass *= x if shows else 1 - x
            ends = [cost((*a[:i], outcome, *a[i + 1 :])) for outcome in (1, 0)]
            first, second = first + mass * (ends[0] - ends[1]), second + mass * (ends[0] - ends[1]) ** 2
        own = stated["local_expectation"]
        assert own.mean[f"p[{i}]"] == pytest.approx(float(first), rel=1e-13)
        assert own.variance[f"p[{i}]"] == pytest.approx(float(second - first**2), rel=1e-12)
        wrong = stated["derivative_of_log_odds"].mean[f"p[{i}]"]
        assert wrong == pytest.approx(float(first / (p[i] * (1 - p[i]))), rel=1e-13)


def test_it_is_the_mean_of_the_score_function_given_the_others() -> None:
    """So their covariance is its variance, which is smaller than the score function's."""
    proof, both = proved("bernoulli_product", INTEGRAND), {"local_expectation", "score_function"}
    pairs = [pair for pair in proof.covariances if {pair["one"], pair["other"]} == both]
    assert len(pairs) == 3
    for pair in pairs:
        own, whole = (proof.statistics[name].variance[pair["wrt"]] for name in sorted(both))
        assert own is not None
        assert whole is not None
        assert pair["covariance"] == pytest.approx(own, rel=1e-12)
        assert own < whole


def test_of_a_single_coin_nothing_is_left_to_chance() -> None:
    stated = proved("bernoulli", "(a - 1/4)**2").statistics["local_expectation"]
    assert stated.variance["p"] == pytest.approx(0.0, abs=1e-15)
    assert stated.mean["p"] == pytest.approx(0.5, rel=1e-14)


CASES: list[tuple[str, str, Point]] = [
    ("bernoulli_product", "a[0]*a[1]*a[2]", ()),
    ("bernoulli_product", "p[0]*a[0]*a[1]*a[2] + a[1]", (("p[1]", "1/2"),)),
    ("bernoulli_product", "a[0]*a[3] + a[1]*a[2]", (("p[3]", "3/4"),)),
    ("bernoulli", "exp(p*a)", ()),
    ("bernoulli_logits", "(a - 1/3)**2*(2 + logits)", (("logits", "7/5"),)),
]


@pytest.mark.parametrize(("family", "integrand", "at"), CASES, ids=lambda v: str(v))
@pytest.mark.parametrize("name", NAMES[:2])
def test_the_code_has_the_exact_moments_of_its_statistic(
    name: str, family: str, integrand: str, at: Point
) -> None:
    proof = proved(family, integrand, at)
    spec = CheckSpec("control-variates", family, integrand, name, at)
    found = run_check(spec, proof, Options(evidence="exact")).verdict
    outcome = "agrees" if name == "local_expectation" else "refuted"
    assert (found.outcome, found.evidence, found.as_stated) == (outcome, "exact", True), found.reason
    for parameter, seen in found.variance_estimate.items():
        assert seen == pytest.approx(proof.statistics[name].variance[parameter], rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("family", ["normal", "poisson", "categorical"])
def test_only_coins_are_summed_one_by_one(family: str) -> None:
    integrand = "table(1, 9, 4)" if family == "categorical" else "a"
    refusal = ESTIMATORS["local_expectation"].refuses(expectation_of(family, integrand))
    assert refusal == f"{family} is not the law of independent coins, of which each is summed by itself"
